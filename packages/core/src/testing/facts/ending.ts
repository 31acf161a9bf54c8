import assert from 'node:assert/strict'
import { isFailure } from '../../errors.ts'
import { failureOf } from '../check.ts'
import { doesNotApply, type Fact } from '../fact.ts'
import { alive, inventory, makeBatch, ours, takeAway } from '../lab.ts'

/** How machines go, and the optional abilities. */
export function endingFacts(): readonly Fact[] {
  return [
    {
      name: 'terminate takes machines away with all that came with them',
      check: async (lab) => {
        const session = await lab.open()
        await session.prepare(lab.order(), lab.call)
        const before = inventory(lab)
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        await takeAway(session, lab, ids)
        assert.deepEqual(inventory(lab), before)
      },
    },
    {
      name: 'terminate takes machines away that have not come to run',
      check: async (lab) => {
        const session = await lab.open()
        await session.prepare(lab.order(), lab.call)
        const before = inventory(lab)
        const { ids } = await makeBatch(session, lab)
        await takeAway(session, lab, ids, lab.subject.times.boot + lab.subject.times.gone + 120_000)
        assert.deepEqual(inventory(lab), before)
      },
    },
    {
      name: 'terminate takes only what it was told to',
      check: async (lab) => {
        const session = await lab.open()
        const doomed = await makeBatch(session, lab, { names: ['old-1'] })
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        await takeAway(session, lab, doomed.ids)
        assert.deepEqual(
          alive(lab)
            .map(({ id }) => id)
            .sort(),
          [...ids].sort(),
        )
      },
    },
    {
      name: 'a machine that is gone can be terminated',
      check: async (lab) => {
        const session = await lab.open()
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        await takeAway(session, lab, ids)
        await lab.pass(lab.subject.times.gone)
        await session.terminate(ids, lab.call)
        await (await lab.open()).terminate(ids, lab.call)
      },
    },
    {
      name: 'a machine that is gone spares no other from being terminated',
      check: async (lab) => {
        const session = await lab.open()
        const gone = await makeBatch(session, lab, { names: ['old-1'] })
        await lab.pass(lab.subject.times.boot)
        await takeAway(session, lab, gone.ids)
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        await session.terminate([...gone.ids, ...ids], lab.call).catch(forgiveBusy)
        await takeAway(session, lab, ids)
        assert.deepEqual(alive(lab), [])
      },
    },
    {
      name: 'terminate takes a step for every machine at once',
      check: async (lab) => {
        const session = await lab.open()
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        await session.terminate(ids, lab.call)
        await lab.pass(lab.subject.times.gone)
        const running = lab.cloud.machines().filter(({ state }) => state === 'running')
        assert.deepEqual(running, [], 'a machine runs as if nothing were asked')
      },
    },
    {
      name: 'terminate again while machines go is no error',
      check: async (lab) => {
        const session = await lab.open()
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        await session.terminate(ids, lab.call)
        await session.terminate(ids, lab.call).catch(forgiveBusy)
        await takeAway(session, lab, ids)
        assert.deepEqual(alive(lab), [])
      },
    },
    {
      name: 'terminate of nothing asks nothing',
      check: async (lab) => {
        const session = await lab.open()
        await session.terminate([], lab.call)
        const changes = lab.proxy.seen.filter(({ kind }) => kind.changes)
        assert.deepEqual(
          changes.map(({ kind }) => kind.name),
          [],
        )
      },
    },
    {
      name: 'machines that take long to go are told as going',
      needs: ['slow-termination'],
      check: async (lab) => {
        const session = await lab.open()
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        await lab.cloud.arm({ kind: 'slow-termination', milliseconds: 60_000 })
        await session.terminate(ids, lab.call)
        const found = await session.find({ ids, owner: ours }, lab.call)
        assert.equal(found.length, ids.length, 'a machine that costs money is not told')
        assert.ok(
          found.every(({ state }) => state !== 'gone'),
          'it is told as gone too early',
        )
        await takeAway(session, lab, ids, lab.subject.times.gone + 180_000)
        assert.deepEqual(alive(lab), [])
      },
    },
    {
      name: 'operations that take long are waited for by looking again',
      climate: { kind: 'slow-operations', milliseconds: 90_000 },
      check: async (lab) => {
        const session = await lab.open()
        const before = inventory(lab)
        const { ids, failure } = await makeBatch(session, lab)
        assert.equal(failure, undefined, failure?.message)
        await lab.pass(lab.subject.times.boot + 200_000)
        const states = (await session.find({ ids, owner: ours }, lab.call)).map(
          ({ state }) => state,
        )
        assert.deepEqual(
          states,
          ids.map(() => 'running'),
        )
        await takeAway(session, lab, ids, lab.subject.times.gone + 600_000)
        assert.ok(inventory(lab).length >= before.length)
      },
    },
    {
      name: 'a machine that is gone cannot be restarted',
      check: async (lab) => {
        const session = await lab.open()
        if (session.restart === undefined) doesNotApply('machines cannot be restarted')
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        await takeAway(session, lab, ids)
        await lab.pass(lab.subject.times.gone)
        await failureOf('restart', async () => session.restart?.(ids, lab.call))
      },
    },
    {
      name: 'machines bear the names that they are given',
      check: async (lab) => {
        const session = await lab.open()
        const { ids, batch } = await makeBatch(session, lab)
        if (session.nameMachines === undefined) doesNotApply('machines are made with their names')
        const pairs = ids.map((id, index) => ({ id, name: batch.names[index] ?? '' }))
        await session.nameMachines(pairs, lab.call)
        const found = await session.find({ ids, owner: ours }, lab.call)
        const told = found.map(({ id, name }) => `${id} ${name}`).sort()
        assert.deepEqual(told, pairs.map(({ id, name }) => `${id} ${name}`).sort())
      },
    },
    {
      name: 'what machines print at boot can be read',
      check: async (lab) => {
        const session = await lab.open()
        if (session.consoleLog === undefined) doesNotApply('the cloud keeps no console')
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        const text = await session.consoleLog(ids[0] ?? '', lab.call)
        assert.ok(text === undefined || typeof text === 'string')
      },
    },
  ]
}

function forgiveBusy(error: unknown): void {
  if (!isFailure(error, 'BUSY')) throw error
}
