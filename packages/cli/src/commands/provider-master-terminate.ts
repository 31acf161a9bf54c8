import { createHash, X509Certificate } from 'node:crypto'
import type { MasterMachine } from '@kontena/core'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { type ConfigServer, updateConfig } from '../master/config.ts'
import { takeAway } from '../master/master-machines.ts'
import { isSameMaster } from '../options/master-url.ts'
import { parseFlags, type RawFlags } from '../options/parse-flags.ts'
import { spin } from '../output/spinner.ts'
import { chooseMaster, type MastersScope, openMasters } from './provider-master-input.ts'

const flags = z.object({ name: z.string().optional(), force: z.boolean().default(false) })

/** `kontena <provider> master terminate`: with the machine goes the login to that master, and to no other. */
export async function terminateMaster(typed: RawFlags, scope: MastersScope): Promise<void> {
  const { context } = scope
  const { name, force } = parseFlags(flags, typed)
  const session = await openMasters(scope)
  const master = await chooseMaster(session, name, scope)
  if (!force)
    context.say('Its grids go with it; machines of their nodes stay, and nobody minds them.')
  await context.confirm(master.name, { force })
  await spin(context, `Terminating ${master.name}`, () =>
    takeAway(session, master.name, context.signal),
  )
  const forgotten = await forget(master, context)
  if (context.json) context.printJson({ terminated: master.name, forgotten })
}

/** Resolves to the names under which this computer knew the master. */
async function forget(master: MasterMachine, { configFile }: Context): Promise<readonly string[]> {
  let names: readonly string[] = []
  await updateConfig(configFile, (config) => {
    names = config.servers.filter((server) => isOf(master, server)).map(({ name }) => name)
    const isCurrent = names.includes(config.current_server ?? '')
    return {
      ...config,
      current_server: isCurrent ? null : (config.current_server ?? null),
      servers: config.servers.filter(({ name }) => !names.includes(name)),
    }
  })
  return names
}

/** Another master may have had the address before, or have it by now; the authority is nobody else's. */
function isOf({ url, authority }: MasterMachine, server: ConfigServer): boolean {
  if (!isSameMaster(server.url, url)) return false
  return server.ca == null || authority === undefined || hashOf(server.ca) === authority
}

function hashOf(pem: string): string | undefined {
  try {
    return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')
  } catch {
    return undefined
  }
}
