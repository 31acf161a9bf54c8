import assert from 'node:assert/strict'
import type { Call, Machine, Prepared, ProviderSession } from '../provider.ts'
import {
  alive,
  clearShared,
  firstZone,
  inventory,
  type Lab,
  makeBatch,
  ours,
  requestsOf,
  takeAway,
} from './lab.ts'
import { optionsOf, readMeta } from './settings.ts'
import type { Subject } from './subject.ts'

/** One call of a session with what it needs and what it must bring about. */
export interface Operation {
  readonly name: string
  /** Brings the cloud into a state in which the call makes sense. */
  setUp(lab: Lab): Promise<Staged>
}

/** A call that is ready to be made, as often as one likes. */
export interface Staged {
  run(call: Call): Promise<unknown>
  /** Whether the call may resolve to this, given what it does when nothing goes wrong, and what is there then. */
  verify(value: unknown, expected: unknown): Promise<void>
  /** What must be true although the call failed. */
  verifyFailure?(error: unknown): Promise<void>
  /** Undefined where the call must not be repeated after an answer was lost. */
  readonly repeatable: boolean
}

/** Everything a session can do. */
export function operationsOf({ provider }: Subject): readonly Operation[] {
  const { abilities } = provider
  const asked = optionsOf(provider).flatMap(([key, field]) => (readMeta(field).ask ? key : []))
  return [
    { name: 'account', setUp: stageAccount },
    { name: 'preflight', setUp: stagePreflight },
    { name: 'zones', setUp: stageZones },
    { name: 'prepare', setUp: stagePrepare },
    { name: 'create', setUp: stageCreate },
    { name: 'find by ids', setUp: (lab) => stageFind(lab, 'ids') },
    { name: 'find by owner', setUp: (lab) => stageFind(lab, 'owner') },
    { name: 'terminate', setUp: stageTerminate },
    { name: 'removeShared', setUp: stageRemoveShared },
    ...(abilities.restart ? [{ name: 'restart', setUp: stageRestart }] : []),
    ...(abilities.consoleLog ? [{ name: 'consoleLog', setUp: stageConsole }] : []),
    ...asked.map((option) => ({
      name: `choices of ${option}`,
      setUp: (lab: Lab) => stageChoices(lab, option),
    })),
  ]
}

async function stageAccount(lab: Lab): Promise<Staged> {
  const session = await lab.open()
  return { run: (call) => session.account(call), verify: sees, repeatable: true }
}

async function stagePreflight(lab: Lab): Promise<Staged> {
  const session = await lab.open()
  return { run: (call) => session.preflight(lab.order(), call), verify: sees, repeatable: true }
}

async function stageZones(lab: Lab): Promise<Staged> {
  const session = await lab.open()
  await session.preflight(lab.order(), lab.call)
  return { run: (call) => session.zones(call), verify: sees, repeatable: true }
}

/** A session as an order has it by then: preflight is behind it. */
async function openChecked(lab: Lab): Promise<ProviderSession> {
  const session = await lab.open()
  await session.preflight(lab.order(), lab.call)
  await session.zones(lab.call)
  return session
}

async function stagePrepare(lab: Lab): Promise<Staged> {
  const session = await openChecked(lab)
  return {
    run: (call) => session.prepare(lab.order(), call),
    verify: async () => {
      const seen = await requestsOf(lab, () => session.prepare(lab.order(), lab.call))
      const more = seen.filter(({ kind }) => kind.changes).map(({ kind }) => kind.name)
      assert.deepEqual(more, [], 'after prepare there is more to prepare')
      const kinds = lab.cloud.things().map(({ kind, name }) => `${kind} ${name}`)
      assert.equal(new Set(kinds).size, kinds.length, `something is there twice: ${kinds}`)
    },
    repeatable: true,
  }
}

async function stageCreate(lab: Lab): Promise<Staged> {
  const session = await openChecked(lab)
  const prepared: Prepared = await session.prepare(lab.order(), lab.call)
  const batch = lab.batch(await firstZone(session, lab), prepared)
  const idsOf = (machines: readonly { id: string }[]) => machines.map(({ id }) => id).sort()
  return {
    run: (call) => session.create(batch, call),
    verify: async (value) => {
      const machines = machinesIn(value)
      assert.deepEqual(idsOf(machines), idsOf(alive(lab)), 'create does not tell what is there')
      assert.equal(machines.length, batch.names.length, 'not all machines were made')
    },
    verifyFailure: async () => {
      const { owner, order } = batch
      const found = await (await lab.open()).find({ owner, order }, lab.call)
      assert.deepEqual(idsOf(found), idsOf(alive(lab)), 'the order does not lead to its machines')
    },
    repeatable: lab.subject.provider.abilities.idempotentCreate,
  }
}

function machinesIn(value: unknown): readonly { id: string }[] {
  const isResult = typeof value === 'object' && value !== null && 'machines' in value
  assert.ok(isResult && Array.isArray(value.machines), 'create resolves to no machines')
  return value.machines
}

async function stageFind(lab: Lab, by: 'ids' | 'owner'): Promise<Staged> {
  const { ids } = await makeBatch(await lab.open(), lab)
  const session = await lab.open()
  const query = by === 'ids' ? { ids, owner: ours } : { owner: ours }
  return {
    run: (call) => session.find(query, call),
    verify: async (value) => {
      assert.ok(Array.isArray(value), 'find resolves to no list')
      const found: readonly Machine[] = value
      assert.deepEqual(found.map(({ id }) => id).sort(), [...ids].sort(), 'find misses machines')
    },
    repeatable: true,
  }
}

async function stageTerminate(lab: Lab): Promise<Staged> {
  const maker = await lab.open()
  const ready = await maker.prepare(lab.order(), lab.call)
  const before = inventory(lab)
  const { ids } = await makeBatch(maker, lab, { ready })
  await lab.pass(lab.subject.times.boot)
  const session = await lab.open()
  return {
    run: (call) => session.terminate(ids, call),
    verify: async () => {
      await takeAway(session, lab, ids)
      assert.deepEqual(inventory(lab), before, 'something of the machines is left')
    },
    repeatable: true,
  }
}

async function stageRemoveShared(lab: Lab): Promise<Staged> {
  const before = inventory(lab)
  await (await lab.open()).prepare(lab.order(), lab.call)
  const session = await lab.open()
  return {
    run: (call) => clearShared(session, { ...lab, call }),
    verify: async () => {
      assert.deepEqual(inventory(lab), before, 'something that machines shared is left')
    },
    repeatable: true,
  }
}

async function stageRestart(lab: Lab): Promise<Staged> {
  const { ids } = await makeBatch(await lab.open(), lab)
  await lab.pass(lab.subject.times.boot)
  const session = await lab.open()
  return {
    run: async (call) => await session.restart?.(ids, call),
    verify: async () => {
      await lab.pass(lab.subject.times.boot)
      const states = alive(lab).map(({ state }) => state)
      assert.deepEqual(
        states,
        ids.map(() => 'running'),
        'a machine does not run after a restart',
      )
    },
    repeatable: true,
  }
}

async function stageConsole(lab: Lab): Promise<Staged> {
  const { ids } = await makeBatch(await lab.open(), lab)
  await lab.pass(lab.subject.times.boot)
  const session = await lab.open()
  return {
    run: async (call) => await session.consoleLog?.(ids[0] ?? '', call),
    verify: async (value) => assert.ok(value === undefined || typeof value === 'string'),
    repeatable: true,
  }
}

async function stageChoices(lab: Lab, option: string): Promise<Staged> {
  const session = await lab.open()
  return {
    run: async (call) => await session.choices?.({ option, given: {} }, call),
    verify: sees,
    repeatable: true,
  }
}

/** What calls that only look see is what they saw when nothing went wrong. */
async function sees(value: unknown, expected: unknown): Promise<void> {
  assert.deepEqual(shapeOf(value), shapeOf(expected), 'it tells something else than is there')
}

/** Ids differ from one simulated cloud to the next, so that texts only have to be there. */
function shapeOf(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? 'nothing' : 'a text'
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shapeOf(part)]))
}
