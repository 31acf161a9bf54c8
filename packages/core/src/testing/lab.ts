import assert from 'node:assert/strict'
import { isFailure } from '../errors.ts'
import { networkPolicy } from '../network-policy.ts'
import { batchSize } from '../orders/plan.ts'
import type {
  BatchResult,
  Call,
  MachineBatch,
  MachineOrder,
  Owner,
  Prepared,
  ProviderSession,
} from '../provider.ts'
import { openRateBudget, type RateBudget } from '../rate-budget.ts'
import { sleep } from '../wait.ts'
import { checkSecrets } from './check.ts'
import type { Climate } from './conditions.ts'
import { type Fact, whyNotApplicable } from './fact.ts'
import { type FaultProxy, openFaultProxy } from './fault-proxy.ts'
import { type GivenOptions, parseSettings } from './settings.ts'
import type { CloudUnderTest, HttpRequest, RequestKind, Subject, TrueMachine } from './subject.ts'
import { inVirtualTime } from './virtual-time.ts'

/** Whose machines facts make, and whose they must leave alone. */
export const ours: Owner = { master: '5a4b1c9e-1111-4111-8111-000000000001', grid: 'blue' }
export const otherGrid: Owner = { ...ours, grid: 'green' }
export const otherMaster: Owner = { ...ours, master: '7c3d2f8a-2222-4222-8222-000000000002' }

/** Machines that a batch of the kit has, where the provider has batches. */
const usualBatch = 3
const pollInterval = 2_000

/** One fact's cloud, with the proxy before it and all that is needed to work with it. */
export interface Lab {
  /** The provider's own on this computer. */
  readonly folder: string
  readonly subject: Subject
  readonly cloud: CloudUnderTest
  readonly proxy: FaultProxy
  /** Never aborted. */
  readonly call: Call
  /** How often a request was let through by the budget. */
  readonly admitted: () => number
  /** Node names of one batch. */
  readonly names: readonly string[]
  open(given?: Partial<GivenOptions>): Promise<ProviderSession>
  settings(given?: Partial<GivenOptions>): ReturnType<typeof parseSettings>
  order(changes?: Partial<MachineOrder>): MachineOrder
  batch(zone: string, prepared: Prepared, changes?: Partial<MachineBatch>): MachineBatch
  pass(milliseconds: number): Promise<void>
}

/** Looks at one fact in a lab of its own. Resolves to the reason where it does not apply, else to nothing. */
export async function checkFact(
  { check, climate }: Fact,
  subject: Subject,
): Promise<string | undefined> {
  try {
    await inLab(subject, check, climate === undefined ? [] : [climate])
    return undefined
  } catch (error) {
    const reason = whyNotApplicable(error)
    if (reason === undefined) throw error
    return reason
  }
}

/** Does work in a lab of its own, in virtual time. */
export async function inLab<T>(
  subject: Subject,
  work: (lab: Lab) => Promise<T>,
  climate: readonly Climate[] = [],
): Promise<T> {
  const cloud = await subject.openCloud(climate)
  const proxy = await openFaultProxy(cloud, (request) => readRequest(subject, request))
  const variables = cloud.environment(proxy.url)
  const restore = useEnvironment(variables)
  try {
    return await inVirtualTime(proxy.held, () => work(openLab(subject, cloud, proxy)))
  } catch (error) {
    if (error instanceof Error) checkSecrets(cloud.secrets, [error.message])
    throw error
  } finally {
    restore()
    await proxy.close()
    await cloud.close()
  }
}

function openLab(subject: Subject, cloud: CloudUnderTest, proxy: FaultProxy): Lab {
  const { provider } = subject
  let admitted = 0
  const count = Math.min(usualBatch, batchSize(provider))
  const names = Array.from({ length: count }, (_, index) => `web-${index + 1}`)
  let tokens = 0
  const settings: Lab['settings'] = (given = {}) =>
    parseSettings(provider, {
      access: given.access ?? {},
      machine: { ...subject.machine, ...given.machine },
      environment: { ...cloud.environment(proxy.url), ...given.environment },
    })
  const folder = cloud.folder ?? '/nonexistent/kontena'
  const lab: Lab = {
    subject,
    folder,
    cloud,
    proxy,
    call: { signal: new AbortController().signal },
    admitted: () => admitted,
    names,
    settings,
    open: async (given) => {
      const open = await provider.load()
      const budget = openRateBudget({ title: provider.title, emit: () => undefined })
      const rate: RateBudget = {
        ...budget,
        admit: async (signal) => {
          await budget.admit(signal)
          admitted += 1
        },
      }
      return asking(open({ ...settings(given), rate, folder }))
    },
    order: (changes) => ({
      owner: ours,
      count,
      policy: networkPolicy(),
      sshKeys: [],
      tags: {},
      ...changes,
    }),
    batch: (zone, { shared }, changes) => ({
      owner: ours,
      order: '01JD0000000000000000000001',
      zone,
      names,
      userData: Buffer.from('#cloud-config\nhostname: kit\n'),
      shared,
      token: `01JD0000000000000000000001-${tokens++}`,
      minimum: 'all',
      sshKeys: [],
      tags: {},
      ...changes,
    }),
    pass: (milliseconds) => sleep(milliseconds, new AbortController().signal),
  }
  return lab
}

/** How often `prepare` is asked for at most, as the kernel does while the cloud does not see its own doing. */
const mostPrepares = 5

/** The session, whose `prepare` is asked again while the cloud is busy with what it began. */
function asking(session: ProviderSession): ProviderSession {
  const prepare: ProviderSession['prepare'] = async (order, call) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await session.prepare(order, call)
      } catch (error) {
        if (!isFailure(error, 'BUSY') || attempt === mostPrepares) throw error
        await sleep(Math.max(error.retryAfter ?? 0, 2 ** attempt * 1_000), call.signal)
      }
    }
  }
  return { ...session, prepare }
}

/** Where such machines can go first. */
export async function firstZone(session: ProviderSession, { call }: Lab): Promise<string> {
  const [zone] = await session.zones(call)
  assert.ok(zone !== undefined, 'there is no zone')
  return zone.name
}

export interface Made extends BatchResult {
  readonly prepared: Prepared
  readonly batch: MachineBatch
  readonly ids: readonly string[]
}

/** Prepares, unless that is done, and makes one batch, as an order does. */
export async function makeBatch(
  session: ProviderSession,
  lab: Lab,
  { ready, ...changes }: Partial<MachineBatch> & { readonly ready?: Prepared } = {},
): Promise<Made> {
  const owner = changes.owner ?? ours
  const prepared = ready ?? (await session.prepare(lab.order({ owner }), lab.call))
  const zone = changes.zone ?? (await firstZone(session, lab))
  const batch = lab.batch(zone, prepared, changes)
  const result = await session.create(batch, lab.call)
  return { ...result, prepared, batch, ids: result.machines.map(({ id }) => id) }
}

/** Takes machines away as the kernel does: asks again until they are gone. */
export async function takeAway(
  session: ProviderSession,
  lab: Lab,
  ids: readonly string[],
  patience: number = lab.subject.times.gone + 60_000,
): Promise<void> {
  const end = Date.now() + patience
  for (;;) {
    const found = await session.find({ ids, owner: ours }, lab.call)
    const left = found.filter(({ state }) => state !== 'gone')
    if (left.length === 0) return
    assert.ok(Date.now() < end, `machines are not gone after ${patience / 1000} s`)
    const staying = left.filter(({ state }) => state !== 'going').map(({ id }) => id)
    try {
      if (staying.length > 0) await session.terminate(staying, lab.call)
    } catch (error) {
      if (!isFailure(error, 'BUSY')) throw error
    }
    await lab.pass(pollInterval)
  }
}

/** As {@link takeAway}, for what machines shared. */
export async function clearShared(
  session: ProviderSession,
  { subject, call }: Pick<Lab, 'subject' | 'call'>,
  owner: Owner = ours,
): Promise<readonly string[]> {
  const end = Date.now() + subject.times.gone + 180_000
  for (;;) {
    try {
      return await session.removeShared(owner, call)
    } catch (error) {
      if (!isFailure(error, 'BUSY') || Date.now() > end) throw error
      await sleep(pollInterval, call.signal)
    }
  }
}

/** Machines that cost money now. */
export function alive({ cloud }: Lab): readonly TrueMachine[] {
  return cloud.machines().filter(({ state }) => state !== 'gone' && state !== 'going')
}

/** All that is there, as texts that can be compared. */
export function inventory({ cloud }: Lab): readonly string[] {
  const machines = cloud
    .machines()
    .filter(({ state }) => state !== 'gone')
    .map(({ id, name, owner }) => `machine ${id} ${name ?? '-'} ${owner?.grid ?? '-'}`)
  const things = cloud
    .things()
    .map(({ kind, id, name, details }) => `${kind} ${id} ${name ?? '-'} ${details}`)
  return [...machines, ...things].sort()
}

/** Requests made by some work, and what it came to. */
export async function requestsOf(
  { proxy }: Lab,
  work: () => Promise<unknown>,
): Promise<FaultProxy['seen']> {
  const before = proxy.seen.length
  await work()
  return proxy.seen.slice(before)
}

export function readRequest(subject: Subject, request: HttpRequest): RequestKind {
  if (subject.readRequest !== undefined) return subject.readRequest(request)
  const [path = '/'] = request.path.split('?')
  const words = path.split('/').map((word) => (/\d/.test(word) && word.length > 3 ? ':id' : word))
  return {
    name: `${request.method} ${words.join('/')}`,
    changes: request.method !== 'GET' && request.method !== 'HEAD',
  }
}

function useEnvironment(variables: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  for (const [name, value] of Object.entries(variables)) set(name, value)
  return () => {
    for (const [name, value] of before) set(name, value)
  }
}
