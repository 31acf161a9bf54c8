import { createHash } from 'node:crypto'
import {
  type Call,
  type Machine,
  type MachineBatch,
  type MachineState,
  type Owner,
  unlessGone,
} from '@kontena/core'
import type { StorageDetails } from '@kontena/upcloud-api'
import type { Cloud } from './clients.ts'
import type { Memory } from './memory.ts'

/** Characters of a node's name that go into a title. */
const nameLength = 29
/** For so many milliseconds after its server a disk may still be listed as if it were there to stay. */
const deletionLag = 60_000

/**
 * A request for a server takes no labels for its disk, so the title says whose it is: the node's name, and
 * digests of owner, order and token. UpCloud takes 64 characters.
 */
export function diskTitle(
  name: string,
  { owner, order, token }: Pick<MachineBatch, 'owner' | 'order' | 'token'>,
): string {
  return `${name.slice(0, nameLength)} kontena-${ownerDigest(owner)}-${digest(order)}-${digest(token)}`
}

/** UpCloud's uuids begin with what they are of: 00 servers, 01 storages, 03 networks. */
export function isDiskId(id: string): boolean {
  return id.startsWith('01')
}

export interface LostDiskQuery {
  readonly owner: Owner
  readonly order: string | undefined
  readonly zone: string
  /** Titles of disks whose servers are there. */
  readonly attached: ReadonlySet<string>
}

/**
 * Disks of ours that no server has any more and that cost nevertheless, each as a machine that failed:
 * so that people see them, and what takes machines away takes them too.
 */
export async function findLostDisks(
  cloud: Cloud,
  { query, memory }: { query: LostDiskQuery; memory: Memory },
  call: Call,
): Promise<readonly Machine[]> {
  const question = { doing: 'list', about: 'the storages', ...call }
  const all = await cloud.ask(question, (client, options) =>
    client.storages.list({ kind: 'private' }, options),
  )
  const suspects = all.filter(
    ({ type, zone, title }) =>
      type === 'normal' &&
      zone === query.zone &&
      isMadeFor(title, query) &&
      !query.attached.has(title),
  )
  const lost: Machine[] = []
  for (const { uuid } of suspects) {
    const machine = await readLostDisk(cloud, { uuid, made: query, memory }, call)
    if (machine !== undefined) lost.push(machine)
  }
  return lost
}

/** Undefined for one that is gone, or that a server has which lists do not show yet. */
export async function readLostDisk(
  cloud: Cloud,
  request: { uuid: string; made: { owner?: Owner; order?: string | undefined }; memory: Memory },
  call: Call,
): Promise<Machine | undefined> {
  const { uuid, made, memory } = request
  const question = { doing: 'read', about: `storage ${uuid}`, ...call }
  const disk = await unlessGone(() =>
    cloud.ask(question, (client, options) => client.storages.get(uuid, options)),
  )
  if (disk === undefined || disk.servers.length > 0) return undefined
  const { owner, order } = made
  const [name = ''] = disk.title.split(' kontena-', 1)
  return {
    id: uuid,
    // Another's name may begin with the same letters.
    name: name !== '' && name.length < nameLength ? name : undefined,
    state: stateOf(disk, memory),
    zone: disk.zone ?? '',
    launchIndex: undefined,
    publicAddress: undefined,
    privateAddress: undefined,
    owner: owner !== undefined && isMadeFor(disk.title, { owner }) ? owner : undefined,
    order,
    token: undefined,
    type: undefined,
    reason: 'only its disk is left: its server is gone',
  }
}

export async function deleteDisk(
  cloud: Cloud,
  { uuid, memory }: { uuid: string; memory: Memory },
  call: Call,
): Promise<void> {
  const question = { doing: 'delete', about: `storage ${uuid}`, ...call }
  await unlessGone(() =>
    cloud.ask(question, (client, options) =>
      client.storages.delete(uuid, { backups: 'delete' }, options),
    ),
  )
  memory.deleted.add(uuid)
}

function stateOf({ uuid, title, state }: StorageDetails, memory: Memory): MachineState {
  const deletedAt = memory.deletedDisks.get(title)
  const isGoing = deletedAt !== undefined && Date.now() - deletedAt < deletionLag
  if (isGoing || memory.deleted.has(uuid)) return 'going'
  return state === 'online' || state === 'error' ? 'failed' : 'going'
}

function isMadeFor(title: string, { owner, order }: { owner: Owner; order?: string | undefined }) {
  const marks = / kontena-([0-9a-f]{8})-([0-9a-f]{8})-[0-9a-f]{8}$/.exec(title)
  if (marks === null || marks[1] !== ownerDigest(owner)) return false
  return order === undefined || marks[2] === digest(order)
}

function ownerDigest({ master, grid }: Owner): string {
  return digest(`${master}/${grid}`)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
