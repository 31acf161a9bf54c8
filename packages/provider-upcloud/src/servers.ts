import {
  type Call,
  type Machine,
  type MachineQuery,
  type Owner,
  ProvisionError,
  tryEach,
  unlessGone,
} from '@kontena/core'
import type { Labels, Server } from '@kontena/upcloud-api'
import type { Cloud } from './clients.ts'
import { deleteDisk, findLostDisks, isDiskId, readLostDisk } from './disks.ts'
import { isUpcloudFailure } from './errors.ts'
import { hasLabels, ownershipLabels } from './labels.ts'
import { readMachine, readMachineDetails, rememberAddresses } from './machines.ts'
import type { Memory } from './memory.ts'

/** What a session works with. */
export interface Work {
  readonly cloud: Cloud
  readonly memory: Memory
}

/** Seconds that a system has to shut down before UpCloud pulls the plug. */
const shutdownTime = 60
/** Milliseconds after which a server should have stopped; it is then asked to stop at once. */
const stopPatience = 90_000
/** Milliseconds for which a state that was found is acted on: who takes machines away looks just before. */
const stateLife = 3_000
/** Requests of one kind under way at the same time. */
const atOnce = 8

/** One list of servers, a second where ids are not the owner's, and one of addresses not seen before. */
export async function findMachines(
  work: Work,
  query: MachineQuery,
  call: Call,
): Promise<readonly Machine[]> {
  return 'ids' in query
    ? await machinesById(work, query, call)
    : await machinesOf(work, query, call)
}

/**
 * The next step for each: a server is stopped first and deleted then, with its disks and their backups.
 * One that is changing can only be waited for.
 */
export async function terminateMachines(
  work: Work,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  await tryEach(distinct(ids), { ...call, atOnce }, (id) => takeStep(work, id, call))
}

/** One that is off cannot be restarted, and is started. */
export async function restartMachines(
  work: Work,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  await tryEach(distinct(ids), { ...call, atOnce }, (id) => restart(work, id, call))
}

async function machinesOf(
  work: Work,
  { owner, order }: { owner: Owner; order?: string },
  call: Call,
): Promise<readonly Machine[]> {
  const { cloud, memory } = work
  const zone = cloud.zone()
  const servers = await listServers(cloud, ownershipLabels(owner, order), call)
  const here = servers.filter((server) => server.zone === zone)
  const machines = await describe(work, here, call)
  const attached = new Set(here.flatMap(({ uuid }) => memory.diskTitles.get(uuid) ?? []))
  const lost = await findLostDisks(cloud, { query: { owner, order, zone, attached }, memory }, call)
  return [...machines, ...lost]
}

async function machinesById(
  work: Work,
  { ids, owner }: { ids: readonly string[]; owner?: Owner },
  call: Call,
): Promise<readonly Machine[]> {
  const { cloud, memory } = work
  const missing = new Set(ids.filter((id) => !isDiskId(id)))
  const servers: Server[] = []
  const look = async (labels: Labels): Promise<void> => {
    if (missing.size === 0) return
    for (const server of await listServers(cloud, labels, call)) {
      if (missing.delete(server.uuid)) servers.push(server)
    }
  }
  if (owner !== undefined) await look(ownershipLabels(owner))
  await look({})
  const machines = [...(await describe(work, servers, call))]
  for (const uuid of ids.filter(isDiskId)) {
    const disk = await readLostDisk(cloud, { uuid, made: { owner }, memory }, call)
    if (disk !== undefined) machines.push(disk)
  }
  return machines
}

async function listServers(cloud: Cloud, labels: Labels, call: Call): Promise<readonly Server[]> {
  const question = { doing: 'list', about: 'the servers', ...call }
  const servers = await cloud.ask(question, (client, options) =>
    client.servers.list({ labels }, options),
  )
  return servers.filter((server) => hasLabels(server.labels, labels))
}

async function describe(
  { cloud, memory }: Work,
  servers: readonly Server[],
  call: Call,
): Promise<readonly Machine[]> {
  const strangers = servers.filter(
    ({ uuid, state }) => !memory.addresses.has(uuid) && state !== 'pending_delete',
  )
  if (strangers.length > 0) {
    const question = { doing: 'list', about: 'the addresses', ...call }
    const list = await cloud.ask(question, (client, options) => client.addresses.list(options))
    rememberAddresses(strangers, list, memory)
  }
  const seenAt = Date.now()
  return servers.map((server) => {
    memory.states.set(server.uuid, { state: server.state, seenAt })
    return readMachine(server, memory)
  })
}

async function restart(work: Work, id: string, call: Call): Promise<void> {
  const question = { doing: 'restart', about: `server ${id}`, ...call }
  try {
    await work.cloud.ask(question, (client, options) =>
      client.servers.restart(id, { type: 'soft', timeout: shutdownTime }, options),
    )
  } catch (error) {
    if (!isUpcloudFailure(error, 'SERVER_STATE_ILLEGAL')) throw error
    if ((await readState(work, id, call)) !== 'stopped') throw error
    await work.cloud.ask(question, (client, options) => client.servers.start(id, options))
  }
}

async function takeStep({ cloud, memory }: Work, id: string, call: Call): Promise<void> {
  if (isDiskId(id)) {
    await deleteDisk(cloud, { uuid: id, memory }, call)
    return
  }
  const seen = memory.states.get(id)
  memory.states.delete(id)
  const isFresh = seen !== undefined && Date.now() - seen.seenAt < stateLife
  const state = isFresh ? seen.state : await readState({ cloud, memory }, id, call)
  switch (state) {
    case undefined:
    case 'pending_delete':
      return
    case 'started':
      await stop({ cloud, memory }, id, call)
      return
    case 'stopped':
      await remove({ cloud, memory }, id, call)
      return
    default:
      throw new ProvisionError('BUSY', `server ${id} is in state ${state}`, {
        hint: 'repeat the command in a minute',
      })
  }
}

async function readState(
  { cloud, memory }: Work,
  id: string,
  call: Call,
): Promise<string | undefined> {
  const question = { doing: 'read', about: `server ${id}`, ...call }
  try {
    const server = await unlessGone(() =>
      cloud.ask(question, (client, options) => client.servers.get(id, options)),
    )
    if (server === undefined) return undefined
    readMachineDetails(server, memory)
    return server.state
  } catch (error) {
    // What cannot be a server's id is no server.
    if (isUpcloudFailure(error, 'SERVER_INVALID')) return undefined
    throw error
  }
}

/** Asked once, as each further request would only be refused; at once where that did not help. */
async function stop({ cloud, memory }: Work, id: string, call: Call): Promise<void> {
  const asked = memory.stops.get(id)
  if (asked !== undefined && Date.now() - asked < stopPatience) return
  const how =
    asked === undefined
      ? ({ type: 'soft', timeout: shutdownTime } as const)
      : ({ type: 'hard' } as const)
  const question = { doing: 'stop', about: `server ${id}`, ...call }
  await unlessGone(() =>
    cloud.ask(question, (client, options) => client.servers.stop(id, how, options)),
  )
  memory.stops.set(id, Date.now())
}

async function remove({ cloud, memory }: Work, id: string, call: Call): Promise<void> {
  if (memory.deleted.has(id)) return
  const question = { doing: 'delete', about: `server ${id}`, ...call }
  await unlessGone(() =>
    cloud.ask(question, (client, options) =>
      client.servers.delete(id, { storages: true, backups: 'delete' }, options),
    ),
  )
  memory.deleted.add(id)
  const title = memory.diskTitles.get(id)
  if (title !== undefined) memory.deletedDisks.set(title, Date.now())
}

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)]
}
