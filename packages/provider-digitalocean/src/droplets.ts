import {
  type Call,
  isFailure,
  type Machine,
  type MachineQuery,
  type Owner,
  severalAtOnce,
  tryEach,
  unlessGone,
} from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import * as dots from './dots.ts'
import { hasSaid } from './errors.ts'
import { type Droplet, droplet, readMachine } from './machines.ts'
import { listAll } from './pages.ts'
import { masterTag, orderTag, readTags } from './tags.ts'
import { requestsAtOnce } from './transport.ts'

/** Machines, and those of them on which a session has begun to act the same way already. */
export interface Begun {
  readonly ids: readonly string[]
  readonly begun: Set<string>
}

/**
 * By one tag, as DigitalOcean filters by no more. What it does not show there is asked for by its id: a
 * list may lag, and ids may be of machines that lost their tags.
 */
export async function findMachines(
  cloud: Cloud,
  { query, dismissed }: { query: MachineQuery; dismissed: ReadonlySet<string> },
  call: Call,
): Promise<readonly Machine[]> {
  const region = cloud.region()
  const droplets =
    'ids' in query ? await byIds(cloud, query, call) : await byOwner(cloud, query, call)
  // The same droplet may come on two pages, where others went meanwhile.
  const distinct = new Map(droplets.map((found) => [found.id, found]))
  return [...distinct.values()]
    .filter((found) => found.region.slug === region)
    .map((found) => readMachine(found, { isDismissed: dismissed.has(String(found.id)) }))
}

/** A droplet by its id; undefined where there is none. */
export async function findDroplet(
  cloud: Cloud,
  id: string,
  call: Call,
): Promise<Droplet | undefined> {
  const question = { scope: 'droplet:read', about: `machine ${id}`, ...call }
  const answer = await unlessGone(() =>
    cloud.ask(question, z.object({ droplet }), (context) =>
      dots.getDroplet(context)({ droplet_id: Number(id) }),
    ),
  )
  return answer?.droplet
}

/** How many droplets the account has, in all regions. */
export async function countDroplets(cloud: Cloud, call: Call): Promise<number> {
  const question = { scope: 'droplet:read', about: 'the number of machines', ...call }
  const answer = z.object({ meta: z.object({ total: z.number() }) })
  const { meta } = await cloud.ask(question, answer, (context) =>
    dots.listDroplets(context)({ page: 1, per_page: 1 }),
  )
  return meta.total
}

/** A droplet's disk and addresses go with it. All are tried before the first failure rejects. */
export async function terminateMachines(
  cloud: Cloud,
  { ids, begun }: Begun,
  call: Call,
): Promise<void> {
  await eachMachine({ ids, begun }, call, async (id) => {
    const question = { scope: 'droplet:delete', about: `machine ${id}`, ...call }
    await unlessGone(() =>
      cloud.ask(question, z.unknown(), (context) =>
        dots.deleteDroplet(context)({ droplet_id: Number(id) }),
      ),
    )
  })
}

/** One that is off cannot be rebooted, and is turned on. */
export async function restartMachines(
  cloud: Cloud,
  { ids, begun }: Begun,
  call: Call,
): Promise<void> {
  await eachMachine({ ids, begun }, call, async (id) => {
    const question = { scope: 'droplet:update', about: `machine ${id}`, ...call }
    const target = { droplet_id: Number(id) }
    try {
      await cloud.ask(question, z.unknown(), (context) => dots.rebootDroplet(context)(target))
    } catch (error) {
      if (!hasSaid(error, /\b(currently|powered) off\b/i)) throw error
      await cloud.ask(question, z.unknown(), (context) => dots.powerOnDroplet(context)(target))
    }
  })
  // Whoever asks again after success wants them restarted again.
  for (const id of ids) begun.delete(id)
}

async function byOwner(
  cloud: Cloud,
  { owner, order }: { owner: Owner; order?: string },
  call: Call,
): Promise<readonly Droplet[]> {
  const tag = order === undefined ? masterTag(owner) : orderTag(owner, order)
  const found = await listByTag(cloud, { tag, about: `the machines of grid ${owner.grid}` }, call)
  return found.filter((candidate) => {
    const { owner: maker, order: of } = readTags(candidate.tags)
    const isOwn = maker?.master === owner.master && maker.grid === owner.grid
    return isOwn && (order === undefined || of === order)
  })
}

async function byIds(
  cloud: Cloud,
  { ids, owner }: { ids: readonly string[]; owner?: Owner },
  call: Call,
): Promise<readonly Droplet[]> {
  // What is no number is another cloud's id.
  const wanted = new Set(ids.filter(isDropletId))
  if (wanted.size === 0) return []
  const listed =
    owner === undefined || wanted.size === 1 ? [] : await byOwner(cloud, { owner }, call)
  const found = listed.filter(({ id }) => wanted.has(String(id)))
  for (const { id } of found) wanted.delete(String(id))
  const outcomes = await severalAtOnce([...wanted], requestsAtOnce, (id) =>
    findDroplet(cloud, id, call),
  )
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason
    if (outcome.value !== undefined) found.push(outcome.value)
  }
  return found
}

async function listByTag(
  cloud: Cloud,
  { tag, about }: { tag: string; about: string },
  call: Call,
): Promise<readonly Droplet[]> {
  const question = { scope: 'droplet:read', about, key: 'droplets', item: droplet, ...call }
  const found = await unlessGone(() =>
    listAll(cloud, question, (context, page) =>
      dots.listDroplets(context)({ ...page, tag_name: tag }),
    ),
  )
  // A tag may never have been on anything.
  return found ?? []
}

async function eachMachine(
  { ids, begun }: Begun,
  call: Call,
  act: (id: string) => Promise<void>,
): Promise<void> {
  await tryEach(ids.filter(isDropletId), { ...call, atOnce: requestsAtOnce }, (id) =>
    actOnce(id, begun, act),
  )
}

/** A droplet is busy with what it was told before, too, so that a repeat would be refused. */
async function actOnce(
  id: string,
  begun: Set<string>,
  act: (id: string) => Promise<void>,
): Promise<void> {
  try {
    await act(id)
    begun.add(id)
  } catch (error) {
    if (isFailure(error, 'BUSY') && begun.has(id)) return
    // Without an answer it may have begun.
    if (!isFailure(error) || isFailure(error, 'UNAVAILABLE')) begun.add(id)
    throw error
  }
}

function isDropletId(id: string): boolean {
  return /^[1-9]\d{0,15}$/.test(id)
}
