import { z } from 'zod'
import { untilAnswering } from '../master/master-machines.ts'
import { parseDuration } from '../options/duration.ts'
import { parseFlags, type RawFlags } from '../options/parse-flags.ts'
import { spin } from '../output/spinner.ts'
import { chooseMaster, type MastersScope, openMasters } from './provider-master-input.ts'

const flags = z.object({ name: z.string().optional(), timeout: z.string().default('10m') })

const words = { start: 'Starting', stop: 'Stopping', restart: 'Restarting' } as const

/** `kontena <provider> master start`, `stop` and `restart`; a master that starts is waited for. */
export async function powerMaster(
  verb: keyof typeof words,
  typed: RawFlags,
  scope: MastersScope,
): Promise<void> {
  const { context } = scope
  const { signal } = context
  const parsed = parseFlags(flags, typed)
  const timeout = parseDuration(parsed.timeout, '--timeout')
  const session = await openMasters(scope)
  const { name, url, authority } = await chooseMaster(session, parsed.name, scope)
  await spin(context, `${words[verb]} ${name}`, () => session[verb](name, { signal }))
  if (verb === 'stop' || authority === undefined) return
  await spin(context, `Waiting for ${url}`, () =>
    untilAnswering({ name, url, authority }, { timeout, signal }),
  )
}
