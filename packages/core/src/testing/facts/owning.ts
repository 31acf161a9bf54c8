import assert from 'node:assert/strict'
import { checkFailure, outcomeOf } from '../check.ts'
import type { Fact } from '../fact.ts'
import {
  alive,
  clearShared,
  inventory,
  type Lab,
  makeBatch,
  otherGrid,
  otherMaster,
  ours,
  takeAway,
} from '../lab.ts'

/** Things of others are never touched, whatever they are called. */
export function owningFacts(): readonly Fact[] {
  return [
    {
      name: 'a whole order and its end leave things of others with our names as they were',
      check: async (lab) => {
        await lab.cloud.plantForeign(ours, lab.names)
        const theirs = inventory(lab)
        assert.ok(theirs.length > 0, 'the subject has planted nothing')
        const { value, error } = await outcomeOf(async () => makeBatch(await lab.open(), lab))
        if (error !== undefined) checkFailure('an order beside them', error, ['NAME_TAKEN'])
        await lab.pass(lab.subject.times.boot)
        const session = await lab.open()
        if (value !== undefined) await takeAway(session, lab, value.ids)
        const { error: late } = await outcomeOf(() => clearShared(session, lab))
        if (late !== undefined) checkFailure('removeShared beside them', late, ['NAME_TAKEN'])
        assert.deepEqual(inventory(lab), theirs)
      },
    },
    {
      name: 'preflight says already that a name of ours is taken',
      check: async (lab) => {
        await lab.cloud.plantForeign(ours, lab.names)
        const { error } = await outcomeOf(async () => makeBatch(await lab.open(), lab))
        if (error === undefined) return
        const { error: early } = await outcomeOf(async () =>
          (await lab.open()).preflight(lab.order(), lab.call),
        )
        assert.notEqual(early, undefined, 'prepare fails where preflight found nothing wrong')
        checkFailure('preflight', early, ['NAME_TAKEN'])
      },
    },
    {
      name: 'find does not tell machines of others that bear our names',
      check: async (lab) => {
        await lab.cloud.plantForeign(ours, lab.names)
        const session = await lab.open()
        assert.deepEqual(await session.find({ owner: ours }, lab.call), [])
      },
    },
    {
      name: 'removeShared does not touch what is not ours',
      check: async (lab) => {
        await lab.cloud.plantForeign(ours, lab.names)
        const theirs = inventory(lab)
        const { error } = await outcomeOf(async () => clearShared(await lab.open(), lab))
        if (error !== undefined) checkFailure('removeShared', error, ['NAME_TAKEN'])
        assert.deepEqual(inventory(lab), theirs)
      },
    },
    ...[otherGrid, otherMaster].map(
      (other): Fact => ({
        name: 'the end of a grid leaves the machines of others alone',
        case: other === otherGrid ? 'another grid' : 'another master',
        check: (lab) => endOurs(lab, other),
      }),
    ),
    {
      name: 'two masters may have grids of the same name',
      check: async (lab) => {
        const session = await lab.open()
        const first = await makeBatch(session, lab)
        const second = await makeBatch(session, lab, { owner: otherMaster })
        assert.equal(new Set([...first.ids, ...second.ids]).size, 2 * lab.names.length)
      },
    },
  ]
}

async function endOurs(lab: Lab, other: typeof ours): Promise<void> {
  const session = await lab.open()
  const theirs = await makeBatch(session, lab, {
    owner: other,
    order: '01JD0000000000000000000009',
  })
  await lab.pass(lab.subject.times.boot)
  const before = inventory(lab)
  const { ids } = await makeBatch(session, lab)
  await lab.pass(lab.subject.times.boot)
  await takeAway(session, lab, ids)
  await clearShared(session, lab)
  assert.deepEqual(inventory(lab), before)
  assert.deepEqual(
    alive(lab)
      .map(({ id }) => id)
      .sort(),
    [...theirs.ids].sort(),
  )
}
