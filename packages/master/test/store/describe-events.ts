import { describe, expect, it } from 'vitest'
import type { EventRecord } from '../../src/store/records.ts'
import type { Store } from '../../src/store/store.ts'
import { actor, addNode, newGrid, now } from './sample-records.ts'

const later = new Date(now.getTime() + 60_000)

const short = ({ type, grid, node }: EventRecord): string => [type, grid, node].join(' ').trimEnd()

/** What a watcher was told so far. */
function watch(store: Store) {
  const told: EventRecord[] = []
  const stop = store.watchEvents((events) => told.push(...events))
  return { told, stop }
}

export function describeEvents(store: () => Store): void {
  describe('events', () => {
    it('tell of every change, in the order of their ids', async () => {
      await addNode(store(), 'web-1')
      await store().updateNode('prod', 'web-1', { labels: ['az=a'] }, actor, later)
      const events = await store().events({ limit: 10 })
      expect(events.map(short)).toEqual([
        'grid:created prod',
        'node:created prod web-1',
        'node:updated prod web-1',
      ])
      const ids = events.map(({ id }) => id)
      expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other))
      expect(events[2]).toMatchObject({
        time: later,
        severity: 1,
        message: 'update node web-1 by admin',
        meta: { before: { labels: [] }, after: { labels: ['az=a'] } },
      })
    })

    it('are the latest, or the first ones behind an id', async () => {
      for (const name of ['a', 'b', 'c', 'd']) await addNode(store(), name)
      const all = await store().events({ limit: 10 })
      expect(await store().events({ limit: 2 })).toEqual(all.slice(-2))
      const after = all[0]?.id ?? 0
      expect(await store().events({ after, limit: 2 })).toEqual(all.slice(1, 3))
      expect(await store().events({ after: all.at(-1)?.id ?? 0, limit: 2 })).toEqual([])
    })

    it('are picked by grid, node and time', async () => {
      await store().createGrid(newGrid('other'), actor, now)
      await addNode(store(), 'web-1')
      await addNode(store(), 'web-2')
      await store().updateNode('prod', 'web-1', { availability: 'drain' }, actor, later)
      const pick = async (query: Partial<Parameters<Store['events']>[0]>) =>
        (await store().events({ limit: 10, ...query })).map(short)
      expect(await pick({ grid: 'other' })).toEqual(['grid:created other'])
      expect(await pick({ nodes: ['web-2', 'web-9'] })).toEqual(['node:created prod web-2'])
      expect(await pick({ grid: 'other', nodes: ['web-2'] })).toEqual([])
      expect(await pick({ since: later })).toContain('node:updated prod web-1')
      expect(await pick({ since: later })).not.toContain('node:created prod web-1')
      const after = (await store().events({ nodes: ['web-2'], limit: 1 }))[0]?.id ?? 0
      expect(await pick({ grid: 'prod', after, since: later })).toContain('node:updated prod web-1')
    })

    it('know the oldest and the newest of them, and are trimmed from the old end', async () => {
      for (const name of ['a', 'b', 'c', 'd']) await addNode(store(), name)
      const all = await store().events({ limit: 10 })
      expect(await store().eventRange()).toEqual({ oldest: all[0]?.id, newest: all.at(-1)?.id })
      await store().trimEvents({ events: 2, auditEntries: 3 })
      const kept = await store().events({ limit: 10 })
      expect(kept).toEqual(all.slice(-2))
      expect(await store().eventRange()).toEqual({ oldest: kept[0]?.id, newest: kept[1]?.id })
      expect(await store().auditLog(10)).toHaveLength(3)
      await addNode(store(), 'e')
      const [last] = await store().events({ limit: 1 })
      expect(last?.id).toBeGreaterThan(kept[1]?.id ?? 0)
    })

    it('are told to everybody who watches, from now on and in order', async () => {
      await addNode(store(), 'before')
      const first = watch(store())
      await addNode(store(), 'a')
      const second = watch(store())
      await Promise.all(['b', 'c'].map((name) => addNode(store(), name)))
      await expect.poll(() => first.told.length).toBe(3)
      const all = await store().events({ limit: 10 })
      expect(first.told).toEqual(all.slice(-3))
      expect(second.told).toEqual(all.slice(-2))
      first.stop()
      await addNode(store(), 'd')
      await expect.poll(() => second.told.length).toBe(3)
      expect(first.told).toHaveLength(3)
      second.stop()
      await addNode(store(), 'unseen')
      const third = watch(store())
      await addNode(store(), 'e')
      await expect.poll(() => third.told.map(short)).toEqual(['node:created prod e'])
      third.stop()
    })

    it('are not told of what did not happen', async () => {
      const watcher = watch(store())
      await store().createGrid(newGrid('prod'), actor, now)
      await store().updateNode('prod', 'nobody', { labels: [] }, actor, now)
      await store().removeNode('prod', 'nobody', actor, now)
      await addNode(store(), 'real')
      await expect.poll(() => watcher.told.length).toBeGreaterThan(0)
      expect(watcher.told.map(short)).toEqual(['node:created prod real'])
      watcher.stop()
    })

    it('and the audit log of one grid are not those of another', async () => {
      await store().createGrid(newGrid('other'), actor, now)
      await addNode(store(), 'web-1')
      const log = await store().auditLog(10, 'prod')
      expect(log.map(({ event }) => event)).toEqual(['create node', 'create grid'])
      expect(await store().auditLog(1, 'prod')).toEqual(log.slice(0, 1))
      expect(await store().auditLog(10, 'none')).toEqual([])
    })
  })
}
