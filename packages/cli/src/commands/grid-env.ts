import type { Context } from '../context.ts'
import { agentUri } from '../master/agent-uri.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { printEnvironment } from '../output/print-environment.ts'

export interface GridEnvOptions {
  name: string | undefined
  export?: boolean
}

/** Prints what an agent needs to join with the grid's token. */
export async function printGridEnvironment(
  options: GridEnvOptions,
  context: Context,
): Promise<void> {
  const session = await openMasterSession(context, { grid: options.name })
  const { token } = await findGrid(session, requireGrid(session), context.signal)
  const variables = {
    KONTENA_URI: await agentUri(session, context.signal),
    KONTENA_TOKEN: token,
  }
  printEnvironment(context, variables, options)
}
