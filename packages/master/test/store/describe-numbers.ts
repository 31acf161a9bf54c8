import { describe, expect, it } from 'vitest'
import type { NewNode } from '../../src/store/node-store.ts'
import type { Store } from '../../src/store/store.ts'
import { actor, newGrid, now } from './sample-records.ts'

/** Which numbers nodes get. Three of them are for initial members. */
export function describeNumbers(store: () => Store): void {
  const create = (grid: string, name: string, more: Partial<NewNode> = {}) =>
    store().createNode(grid, { name, labels: [], ...more }, actor, now)
  const numberOf = async (made: ReturnType<typeof create>) => {
    const result = await made
    return result.outcome === 'created' ? result.node.number : result.outcome
  }
  /** Made by hand, for an agent to come. */
  const byHand = (name: string, more: Partial<NewNode> = {}) =>
    numberOf(create('prod', name, { token: { hash: `token of ${name}` }, ...more }))
  const joined = (name: string, labels: string[] = []) =>
    numberOf(create('prod', name, { nodeId: `engine of ${name}`, labels }))
  const ordered = async (grid: string, names: readonly string[], labels: string[] = []) => {
    const [first = ''] = names
    const nodes = names.map((name) => ({ name, labels }))
    const expiresAt = new Date(now.getTime() + 60_000)
    const enrolment = { grid, order: first, secretHash: `secret of ${first}`, expiresAt, nodes }
    const made = await store().createEnrolment(enrolment, actor, now)
    return 'nodes' in made ? made.nodes.map(({ number }) => number) : made
  }
  const connect = async (name: string, labels: string[] = []) => {
    const key = (await store().node('prod', name))?.key ?? ''
    const binding = { nodeId: `engine of ${name}`, agentVersion: '2.0.0', labels }
    const bound = await store().bindNode(key, binding, actor, now)
    return typeof bound === 'string' ? bound : bound.number
  }
  const names = (count: number, stem: string) =>
    Array.from({ length: count }, (_, index) => `${stem}${index + 1}`)

  describe('numbers', () => {
    it('are the lowest free ones for agents that join', async () => {
      for (const name of ['a', 'b', 'c', 'd']) await joined(name)
      await store().removeNode('prod', 'b', actor, now)
      await store().removeNode('prod', 'd', actor, now)
      expect(await joined('e')).toBe(2)
      expect(await joined('f')).toBe(4)
      expect(await joined('g')).toBe(5)
    })

    it('are the lowest free ones for the machines of an order', async () => {
      await joined('a')
      expect(await ordered('prod', ['b', 'c', 'd'])).toEqual([2, 3, 4])
    })

    it('leave those of initial members to nodes that have a machine and stay', async () => {
      expect(await byHand('a')).toBe(4)
      expect(await joined('b', ['ephemeral=no'])).toBe(5)
      expect(await ordered('prod', ['c', 'd'], ['ephemeral'])).toEqual([6, 7])
      expect(await joined('e')).toBe(1)
      expect(await ordered('prod', ['f', 'g', 'h'])).toEqual([2, 3, 8])
    })

    it('are those of initial members where no other is free', async () => {
      await store().createGrid({ ...newGrid('tiny'), subnet: '10.9.0.0/28' }, actor, now)
      const made = names(8, 'n').map((name) => () => numberOf(create('tiny', name)))
      const numbers = []
      for (const make of made) numbers.push(await make())
      expect(numbers).toEqual([4, 5, 6, 7, 1, 2, 3, 'grid-full'])
    })

    it('move down to an initial member’s at the first connection, and are final then', async () => {
      for (const name of ['a', 'b', 'c', 'd']) await byHand(name)
      expect(await connect('c')).toBe(1)
      expect(await connect('d')).toBe(2)
      expect(await connect('d')).toBe(2)
      await store().removeNode('prod', 'c', actor, now)
      expect(await connect('d')).toBe(2)
      expect(await joined('e')).toBe(1)
      expect(await connect('a')).toBe(3)
      expect(await connect('b')).toBe(5)
      expect((await store().auditLog(2, 'prod'))[1]).toMatchObject({
        event: 'bind node',
        resource: { name: 'a' },
        before: { number: 4 },
        after: { number: 3 },
      })
    })

    it('stay as they are where an ephemeral node connects', async () => {
      await byHand('a', { labels: ['ephemeral=yes'] })
      await byHand('b')
      expect(await connect('a')).toBe(4)
      expect(await connect('b', ['ephemeral'])).toBe(5)
    })

    it('of nodes are told when they are made and removed', async () => {
      await joined('a', ['az=x'])
      await store().removeNode('prod', 'a', actor, now)
      expect(await store().auditLog(2, 'prod')).toMatchObject([
        { event: 'remove node', before: { labels: ['az=x'], number: 1 } },
        { event: 'join node', after: { labels: ['az=x'], number: 1 } },
      ])
    })

    it('end at 254 in the subnet of 1.5', async () => {
      expect(await ordered('prod', names(254, 'n'))).toHaveLength(254)
      expect(await byHand('more')).toBe('grid-full')
      expect((await store().grid('prod'))?.nodeCount).toBe(254)
    })

    it.each([
      ['10.9.0.0/24', 127],
      ['10.81.0.0/17', 16_383],
      ['10.0.0.0/8', 8_388_607],
    ])('end in the middle of the subnet %s', async (subnet, most) => {
      await store().createGrid({ ...newGrid('other'), subnet }, actor, now)
      const some = Math.min(most, 600)
      expect((await ordered('other', names(some, 'n'))) as unknown).toHaveLength(some)
      const left = most - some
      const more = await numberOf(create('other', 'more'))
      expect(more).toBe(left === 0 ? 'grid-full' : some + 1)
    })

    it('tell an order how many are free where they are too few', async () => {
      await ordered('prod', names(253, 'n'))
      expect(await ordered('prod', ['x', 'y'])).toEqual({ outcome: 'grid-full', free: 1 })
      expect(await store().nodes('prod')).toHaveLength(253)
    })
  })
}
