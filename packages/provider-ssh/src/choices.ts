import {
  type Call,
  type Choice,
  type ChoiceQuestion,
  isFailure,
  severalAtOnce,
} from '@kontena/core'
import type { Connections } from './connections.ts'
import { fingerprintOf, kindOf } from './host-key.ts'
import { accessOptions, machineOptions } from './options.ts'
import { hostsAtOnce } from './preflight.ts'
import { namedRoutes } from './routes.ts'
import { nameOf } from './target.ts'

/**
 * The keys of hosts that nobody knows yet, for a person to compare. What is wrong with a host beyond that
 * is told by preflight, all at once.
 */
export async function offerHostKeys(
  connections: Connections,
  { option, given }: ChoiceQuestion,
  call: Call,
): Promise<readonly Choice[]> {
  const access = accessOptions.safeParse(given)
  const machine = machineOptions.safeParse(given)
  const { host, hosts } = machine.data ?? {}
  if (option !== 'hostKey' || !access.success || (host ?? hosts) === undefined) return []
  try {
    const routes = await namedRoutes(access.data, { host, hosts })
    const shown = await severalAtOnce(routes, hostsAtOnce, async (route) => {
      const seen = await connections.show(route, call)
      return seen?.verdict === 'unknown'
        ? { name: nameOf(route.address), key: seen.key }
        : undefined
    })
    call.signal.throwIfAborted()
    const unknown = shown.flatMap((end) => (end.status === 'fulfilled' ? (end.value ?? []) : []))
    if (unknown.length === 0) return []
    return [
      {
        value: unknown.map(({ key }) => fingerprintOf(key)).join(','),
        label: unknown
          .map(({ name, key }) => `${name} has ${fingerprintOf(key)} (${kindOf(key)})`)
          .join(', '),
        hint: 'trust it only where ssh-keygen -lf on the host itself shows the same',
      },
    ]
  } catch (error) {
    if (isFailure(error)) return []
    throw error
  }
}
