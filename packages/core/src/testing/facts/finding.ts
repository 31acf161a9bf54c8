import assert from 'node:assert/strict'
import type { MachineQuery } from '../../provider.ts'
import type { Fact } from '../fact.ts'
import { type Lab, makeBatch, otherGrid, otherMaster, ours, requestsOf, takeAway } from '../lab.ts'

const firstOrder = '01JD0000000000000000000001'
const secondOrder = '01JD0000000000000000000002'

/** How machines are looked up: in few requests, and never anybody else's. */
export function findingFacts(): readonly Fact[] {
  return [
    {
      name: 'find by owner tells all machines of the grid and no others',
      check: async (lab) => {
        const { mine } = await makeThree(lab)
        assert.deepEqual(await idsFound(lab, { owner: ours }), mine)
      },
    },
    {
      name: 'find by order tells only that order',
      check: async (lab) => {
        const { first, second } = await makeThree(lab)
        assert.deepEqual(await idsFound(lab, { owner: ours, order: firstOrder }), first)
        assert.deepEqual(await idsFound(lab, { owner: ours, order: secondOrder }), second)
      },
    },
    {
      name: 'find by ids tells only those',
      check: async (lab) => {
        const { first } = await makeThree(lab)
        const some = first.slice(0, 1)
        assert.deepEqual(await idsFound(lab, { ids: some, owner: ours }), some)
      },
    },
    {
      name: 'find by ids does without an owner',
      check: async (lab) => {
        const { mine } = await makeThree(lab)
        assert.deepEqual(await idsFound(lab, { ids: mine }), mine)
      },
    },
    {
      name: 'find by ids finds machines of another owner than was guessed, with their own owner',
      check: async (lab) => {
        const { theirs } = await makeThree(lab)
        const session = await lab.open()
        const found = await session.find({ ids: theirs, owner: ours }, lab.call)
        // Whoever does not find them must not tell them as ours either.
        for (const { owner } of found) assert.notDeepEqual(owner, ours)
      },
    },
    {
      name: 'find passes over ids that are gone',
      check: async (lab) => {
        const session = await lab.open()
        const gone = await makeBatch(session, lab, { names: ['old-1'] })
        await takeAway(session, lab, gone.ids)
        const { ids } = await makeBatch(session, lab)
        const found = await session.find({ ids: [...gone.ids, ...ids], owner: ours }, lab.call)
        const there = found.filter(({ state }) => state !== 'gone').map(({ id }) => id)
        assert.deepEqual(there.sort(), [...ids].sort())
      },
    },
    ...(['ids', 'owner'] as const).map(
      (by): Fact => ({
        name: 'find asks no more often for many machines than for one',
        case: `by ${by}`,
        check: async (lab) => {
          const session = await lab.open()
          const one = await makeBatch(session, lab, { names: ['one-1'] })
          const few = await countRequests(lab, by === 'ids' ? one.ids : undefined)
          const more: string[] = []
          for (let round = 0; round < 3; round++) {
            const names = lab.names.map((_, index) => `many-${round}-${index}`)
            more.push(...(await makeBatch(session, lab, { names })).ids)
          }
          const many = await countRequests(lab, by === 'ids' ? [...one.ids, ...more] : undefined)
          assert.equal(many, few)
        },
      }),
    ),
    {
      name: 'find reads on to the last page',
      climate: { kind: 'small-pages', size: 2 },
      check: async (lab) => {
        const session = await lab.open()
        const ids: string[] = []
        for (let round = 0; ids.length < 5; round++) {
          const names = lab.names.map((_, index) => `page-${round}-${index}`)
          ids.push(...(await makeBatch(session, lab, { names })).ids)
        }
        assert.deepEqual(await idsFound(lab, { owner: ours }), ids.sort())
        assert.deepEqual(await idsFound(lab, { ids, owner: ours }), ids.sort())
      },
    },
    {
      name: 'machines that the cloud does not list yet are absent, and listed later',
      climate: { kind: 'late-lists', milliseconds: 40_000 },
      check: async (lab) => {
        const session = await lab.open()
        const { ids } = await makeBatch(session, lab)
        for (const query of [{ owner: ours }, { ids, owner: ours }]) {
          assert.deepEqual(await idsFound(lab, query), [])
        }
        await lab.pass(41_000 + lab.subject.times.boot)
        for (const query of [{ owner: ours }, { ids, owner: ours }]) {
          assert.deepEqual(await idsFound(lab, query), [...ids].sort())
        }
      },
    },
    {
      name: 'machines that are gone and still listed are told as gone',
      climate: { kind: 'lingering', milliseconds: 3_600_000 },
      check: async (lab) => {
        const session = await lab.open()
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        await takeAway(session, lab, ids)
        await lab.pass(lab.subject.times.gone)
        for (const query of [{ owner: ours }, { ids, owner: ours }]) {
          const states = (await session.find(query, lab.call)).map(({ state }) => state)
          assert.ok(
            states.every((state) => state === 'gone'),
            states.join(', '),
          )
        }
      },
    },
  ]
}

async function makeThree(lab: Lab) {
  const session = await lab.open()
  const make = async (changes: Parameters<typeof makeBatch>[2]) =>
    [...(await makeBatch(session, lab, changes)).ids].sort()
  const first = await make({ order: firstOrder })
  const second = await make({ order: secondOrder, names: ['two-1'] })
  const grid = await make({ owner: otherGrid, order: firstOrder, names: ['web-1'] })
  const master = await make({ owner: otherMaster, order: firstOrder, names: ['web-1'] })
  return { first, second, mine: [...first, ...second].sort(), theirs: [...grid, ...master] }
}

async function idsFound(lab: Lab, query: MachineQuery): Promise<readonly string[]> {
  const found = await (await lab.open()).find(query, lab.call)
  return found.map(({ id }) => id).sort()
}

async function countRequests(lab: Lab, ids: readonly string[] | undefined): Promise<number> {
  const session = await lab.open()
  const query = ids === undefined ? { owner: ours } : { ids, owner: ours }
  // The first look may read once what does not change.
  await session.find(query, lab.call)
  return (await requestsOf(lab, () => session.find(query, lab.call))).length
}
