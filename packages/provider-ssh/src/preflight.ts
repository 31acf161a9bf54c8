import {
  type Call,
  isFailure,
  type MachineOrder,
  type Preflight,
  ProvisionError,
  severalAtOnce,
} from '@kontena/core'
import { findProblems, findWarnings } from './checks.ts'
import type { Connections, Route } from './connections.ts'
import type { Problem } from './errors.ts'
import { type HostFacts, readFacts } from './host-facts.ts'
import { nameOf } from './target.ts'

/** Hosts that are looked at, or worked on, at the same time. */
export const hostsAtOnce = 16

/** A host that was looked at, or why it could not be. */
interface Looked {
  readonly name: string
  readonly facts: HostFacts | undefined
  readonly problems: readonly Problem[]
}

/** Looks at all hosts at once, and fails with everything that is wrong with any of them. */
export async function checkHosts(
  connections: Connections,
  { routes, order }: { routes: readonly Route[]; order: MachineOrder },
  call: Call,
): Promise<Preflight> {
  const outcomes = await severalAtOnce(routes, hostsAtOnce, (route) =>
    look(connections, { route, order }, call),
  )
  call.signal.throwIfAborted()
  const hosts = outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
  const bad = [...hosts.filter(({ problems }) => problems.length > 0), ...findTwins(hosts)]
  if (bad.length > 0) throw allWrong(bad, hosts.length)
  return {
    facts: Object.fromEntries(
      hosts.map(({ name, facts }, index) => [
        hosts.length === 1 ? 'host' : `host ${index + 1}`,
        `${name}, ${describeHost(facts)}`,
      ]),
    ),
    sharedCalls: [],
    createCall: 'run the bootstrap',
    labels: [],
    warnings: hosts.flatMap(({ name, facts }) =>
      facts === undefined ? [] : findWarnings(facts).map((text) => `${name} ${text}`),
    ),
  }
}

/** A host that cannot be reached is one of several things that may be wrong, and told with them. */
async function look(
  connections: Connections,
  { route, order }: { route: Route; order: MachineOrder },
  call: Call,
): Promise<Looked> {
  const name = nameOf(route.address)
  try {
    const connection = await connections.open(route, call)
    const facts = await readFacts(connection, { name, masterUrl: order.masterUrl ?? '' }, call)
    return { name, facts, problems: findProblems(facts, demandOf(order)) }
  } catch (error) {
    if (!isFailure(error)) throw error
    const { code, message, hint = '' } = error
    const text = message.startsWith(`${name} `) ? message.slice(name.length + 1) : message
    return { name, facts: undefined, problems: [{ code, text, hint }] }
  }
}

function demandOf({ policy, masterUrl }: MachineOrder) {
  return masterUrl === undefined ? { policy } : { policy, masterUrl }
}

/** Two names of one host would be two nodes of it. */
function findTwins(hosts: readonly Looked[]): Looked[] {
  return hosts.flatMap((host, index) => {
    const machine = host.facts?.machine
    const first = hosts.slice(0, index).find(({ facts }) => facts?.machine === machine)
    if (machine === undefined || machine === '' || first === undefined) return []
    const hint =
      'name each host once; copies of one disk need machine-ids of their own (machine-id(5))'
    return {
      ...host,
      problems: [{ code: 'BAD_OPTIONS', text: `is the same host as ${first.name}`, hint }],
    }
  })
}

/** One error for all: a person who has to put things right wants to know them all. */
function allWrong(bad: readonly Looked[], count: number): ProvisionError {
  const texts = bad.map(
    ({ name, problems }) => `${name} ${problems.map(({ text }) => text).join('; ')}`,
  )
  const problems = bad.flatMap((host) => host.problems)
  const hints = [...new Set(problems.map(({ hint }) => hint).filter((hint) => hint !== ''))]
  // What waiting mends is asked again only where nothing else is wrong.
  const worst = problems.find(({ code }) => code !== 'UNAVAILABLE') ?? problems[0]
  const summary = count === 1 ? '' : `${bad.length} of ${count} hosts cannot become nodes: `
  return new ProvisionError(worst?.code ?? 'BAD_OPTIONS', `${summary}${texts.join(' | ')}`, {
    hint: hints.join('; '),
  })
}

function describeHost(facts: HostFacts | undefined): string {
  const { os = {}, architecture = '', memory = 0, docker } = facts ?? {}
  const version = docker?.server ?? docker?.client
  return [
    `${os.PRETTY_NAME ?? os.ID ?? 'unknown system'} on ${architecture}`,
    `${Math.round(memory / 1000)} MB`,
    version === undefined ? 'Docker to be installed' : `Docker ${docker?.server ?? 'that sleeps'}`,
  ].join(', ')
}
