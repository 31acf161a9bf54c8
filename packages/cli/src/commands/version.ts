import { isFailure } from '@kontena/core'
import { MasterError } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { openMasterSession } from '../master/master-session.ts'
import { version } from '../version.ts'

/** Prints the version of this command, and the master's where one is selected and answers. */
export async function printVersion(options: { cli?: boolean }, context: Context): Promise<void> {
  const master = options.cli ? undefined : await masterVersion(context)
  if (context.json) return context.printJson({ cli: version, master })
  context.print(`cli: ${version}`)
  if (master !== undefined) context.print(`master: ${master.version} (${master.url})`)
}

async function masterVersion(
  context: Context,
): Promise<{ version: string; url: string } | undefined> {
  try {
    const session = await openMasterSession(context)
    const info = await session.client.info(context.signal)
    return { version: info.version, url: session.url }
  } catch (error) {
    if (error instanceof MasterError || isFailure(error, 'NOT_LOGGED_IN')) return undefined
    throw error
  }
}
