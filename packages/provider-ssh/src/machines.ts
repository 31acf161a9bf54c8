import {
  type Call,
  isFailure,
  type Login,
  type Machine,
  type MachineQuery,
  ProvisionError,
  removalProgram,
  severalAtOnce,
  tryEach,
} from '@kontena/core'
import { isHost, type MachineId, parseId } from './claim.ts'
import type { Connection } from './connection.ts'
import { anotherHost, explainStep, failure } from './errors.ts'
import type { Hosts } from './hosts.ts'
import type { Memory, Remembered } from './memory.ts'
import { hostsAtOnce } from './preflight.ts'
import { readAnswer, runScript } from './remote-script.ts'
import { jumpText, routeBack } from './routes.ts'
import { type HostState, machineOf, readState } from './state.ts'
import { nameOf } from './target.ts'

const shortTimeout = 30_000
/** Stopping containers takes up to ten seconds each, and a package manager some more. */
const releaseTimeout = 300_000
/** By then, a claim that was to be made is made or was given up. */
const claimingTime = 3_600_000

/** A host that holds, or held, a machine. */
interface Visited {
  readonly name: string
  readonly at: MachineId
  readonly connection: Connection
  readonly host: HostState
}

/** By ids wherever the hosts are; by owner those that this computer made. */
export async function findMachines(
  hosts: Hosts,
  query: MachineQuery,
  call: Call,
): Promise<readonly Machine[]> {
  const look = 'ids' in query ? (id: string) => lookAt(hosts, id, call) : undefined
  const ids = 'ids' in query ? query.ids : []
  const known = 'ids' in query ? [] : await ownedBy(hosts, query)
  const outcomes =
    look === undefined
      ? await severalAtOnce(known, hostsAtOnce, (each) => lookOrTell(hosts, each, call))
      : await severalAtOnce(ids, hostsAtOnce, look)
  call.signal.throwIfAborted()
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value ?? []
  })
}

async function ownedBy(
  { memory }: Hosts,
  { owner, order }: Exclude<MachineQuery, { ids: unknown }>,
): Promise<Remembered[]> {
  return (await memory.all()).filter(
    ({ claim }) =>
      claim.owner.master === owner.master &&
      claim.owner.grid === owner.grid &&
      (order === undefined || claim.order === order),
  )
}

async function lookAt(hosts: Hosts, id: string, call: Call): Promise<Machine | undefined> {
  // Who made it may still be waiting for it; others are about to take it down, or only look.
  const isOurs = (await hosts.memory.of(id)) !== undefined
  const visited = await (isOurs ? visit : visitOrTell)(hosts, id, call)
  const { claim } = visited?.host ?? {}
  if (visited === undefined || claim?.id !== id) {
    await forgetOld(hosts.memory, id)
    return undefined
  }
  return machineOf(claim, visited.at.address, visited.host)
}

/** A list shows a host that cannot be looked at as one that is off, with the reason. */
async function lookOrTell(
  hosts: Hosts,
  { claim }: Remembered,
  call: Call,
): Promise<Machine | undefined> {
  try {
    return await lookAt(hosts, claim.id, call)
  } catch (error) {
    const at = parseId(claim.id)
    if (!isFailure(error) || at === undefined) throw error
    return machineOf(claim, at.address, { state: 'stopped', reason: error.message })
  }
}

/** Another command may be about to claim a host that it remembers already. */
async function forgetOld(memory: Memory, id: string): Promise<void> {
  const { at = Number.POSITIVE_INFINITY } = (await memory.of(id)) ?? {}
  if (Date.now() - at > claimingTime) await memory.forget(id)
}

async function forget({ memory, gone }: Hosts, id: string): Promise<void> {
  gone.add(id)
  await memory.forget(id)
}

/** Undefined where there is no such host any more, as far as the person says. */
async function visit(hosts: Hosts, id: string, call: Call): Promise<Visited | undefined> {
  const at = parseId(id)
  const { access, connections, memory, gone } = hosts
  if (at === undefined || gone.has(id)) return undefined
  const name = nameOf(at.address)
  try {
    const route = routeBack(at.address, access, await memory.of(id))
    const connection = await connections.open(route, call)
    const host = await readState(connection, name, call)
    if (!isHost(at, host.machine)) throw failure(name, anotherHost)
    return { name, at, connection, host }
  } catch (error) {
    if (access.forget && isFailure(error, 'UNAVAILABLE', 'NOT_FOUND', 'WRONG_ACCOUNT')) {
      return undefined
    }
    throw error
  }
}

/** Takes nodes off hosts. The hosts, their Docker and what else runs there stay. */
export async function releaseHosts(
  hosts: Hosts,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  await tryEach(ids, { atOnce: hostsAtOnce, signal: call.signal }, async (id) => {
    const visited = await visitOrTell(hosts, id, call)
    const isThere = visited?.host.claim?.id === id
    if (isThere && visited.host.state === 'going') return
    const isGone = !isThere || (await release(visited, id, call))
    if (isGone) await forget(hosts, id)
  })
}

/** Says what to do where there is no host to come back. */
async function visitOrTell(hosts: Hosts, id: string, call: Call): Promise<Visited | undefined> {
  try {
    return await visit(hosts, id, call)
  } catch (error) {
    if (!isFailure(error, 'UNAVAILABLE', 'NOT_FOUND')) throw error
    const { code, message, hint } = error
    throw new ProvisionError(code, message, {
      cause: error,
      hint: `${hint}; where the host is gone for good, repeat with --forget`,
    })
  }
}

/** Whether the claim is gone by now; else it is on its way. */
async function release({ connection, name }: Visited, id: string, call: Call): Promise<boolean> {
  const { code, stdout, stderr } = await runScript(
    connection,
    {
      script: 'release-host',
      args: [id],
      payload: Buffer.from(removalProgram()),
      timeout: releaseTimeout,
    },
    call,
  )
  const answer = readAnswer(stdout)
  if (code !== 0) throw explainStep(name, 'remove the node', stderr)
  return answer('gone').length > 0
}

/** Restarts the hosts themselves, with all that runs there. */
export async function restartHosts(
  hosts: Hosts,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  await tryEach(ids, { atOnce: hostsAtOnce, signal: call.signal }, async (id) => {
    const visited = await visit(hosts, id, call)
    if (visited?.host.claim?.id !== id) throw notFound(id)
    const run = { script: 'restart-host', args: [id], timeout: shortTimeout } as const
    const { code, stderr } = await runScript(visited.connection, run, call)
    if (code !== 0) throw explainStep(visited.name, 'be restarted', stderr)
  })
}

/** What the bootstrap wrote into the host's journal. */
export async function readJournal(hosts: Hosts, id: string, call: Call): Promise<string> {
  const visited = await visit(hosts, id, call)
  if (visited === undefined) throw notFound(id)
  const run = { script: 'read-journal', args: [], timeout: shortTimeout } as const
  return (await runScript(visited.connection, run, call)).stdout
}

/** As options say, else as this computer reached the host when it made a node of it. */
export async function loginOf({ access, memory }: Hosts, id: string): Promise<Login> {
  const at = parseId(id)
  if (at === undefined) throw notFound(id)
  const known = await memory.of(id)
  const { key, jump } = routeBack(at.address, access, known)
  return {
    address: at.address.host,
    port: at.address.port,
    user: access.user ?? known?.user,
    identityFile: key,
    jump: jump === undefined ? undefined : jumpText(jump),
  }
}

function notFound(id: string): ProvisionError {
  return new ProvisionError('NOT_FOUND', `there is no machine ${id}`, {
    hint: 'see which there are with: kontena ssh node list',
  })
}
