import type { HostInfo } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { actor, addNode, now } from './sample-records.ts'

const host: HostInfo = { AgentVersion: '2.0.1', PrivateIp: '10.0.0.1', Labels: ['from=docker'] }
const later = new Date(now.getTime() + 5_000)
const gone = { code: 1006, reason: 'gone' }

export function describeConnections(store: () => Store): void {
  const connect = async (key: string) => {
    const connection = await store().openConnection(key, '2.0.0', now)
    if (connection === undefined) throw new Error('not connected')
    return { key, connection }
  }
  const read = (name = 'web-1') => store().node('prod', name)

  describe('connections', () => {
    it('mark a node connected, and disconnected again', async () => {
      const { key } = await addNode(store(), 'web-1')
      const connection = await connect(key)
      expect(await read()).toMatchObject({
        connected: true,
        updated: false,
        connectedAt: now,
        lastSeenAt: now,
        agentVersion: '2.0.0',
      })
      expect(await store().closeConnection(connection, gone, later)).toBe(true)
      expect(await read()).toMatchObject({ connected: false, disconnectedAt: later })
    })

    it('are numbered, so that the end of an old one does not count', async () => {
      const { key } = await addNode(store(), 'web-1')
      const old = await connect(key)
      const fresh = await connect(key)
      expect(fresh.connection).toBeGreaterThan(old.connection)
      expect(await store().closeConnection(old, gone, later)).toBe(false)
      expect(await read()).toMatchObject({ connected: true })
    })

    it('are refused for a node that is gone', async () => {
      expect(await store().openConnection('nobody', '2.0.0', now)).toBeUndefined()
    })

    it('are refused where the token has been changed since it was shown', async () => {
      const { key } = await addNode(store(), 'web-1', { tokenHash: 'hash' })
      const open = (tokenHash: string | undefined) =>
        store().openConnection(key, '2.0.0', now, { tokenHash })
      expect(await open('hash')).toBe(1)
      expect(await open('old hash')).toBeUndefined()
      expect(await open(undefined)).toBeUndefined()
      await store().setNodeToken('prod', 'web-1', undefined, actor, now)
      expect(await open('hash')).toBeUndefined()
      expect(await open(undefined)).toBe(2)
    })

    it('are refused where the node has been given another machine since', async () => {
      const { key } = await addNode(store(), 'web-1', { nodeId: 'engine' })
      const shown = { tokenHash: undefined, nodeId: 'engine' }
      expect(await store().openConnection(key, '2.0.0', now, shown)).toBe(1)
      const enrolment = {
        grid: 'prod',
        order: 'order',
        secretHash: 'secret',
        expiresAt: later,
        nodes: [{ name: 'web-1', labels: [], replace: 'always' as const }],
      }
      expect(await store().createEnrolment(enrolment, actor, now)).toMatchObject({
        outcome: 'created',
      })
      expect(await store().openConnection(key, '2.0.0', now, shown)).toBeUndefined()
    })

    it('show whether they still are the one that counts', async () => {
      const { key } = await addNode(store(), 'web-1', { tokenHash: 'hash' })
      const old = await connect(key)
      expect(await store().seen(old, later)).toBe('present')
      expect(await read()).toMatchObject({ lastSeenAt: later })
      const fresh = await connect(key)
      expect(await store().seen(old, later)).toBe('replaced')
      await store().disconnectAll(later)
      expect(await store().seen(fresh, later)).toBe('disconnected')
      await store().removeNode('prod', 'web-1', actor, now)
      expect(await store().seen(fresh, later)).toBe('removed')
    })

    it('are all gone when a process starts', async () => {
      const { key } = await addNode(store(), 'web-1')
      await connect(key)
      await store().disconnectAll(later)
      const close = { code: 1006, reason: 'the master was interrupted' }
      expect(await read()).toMatchObject({ connected: false, disconnectedAt: later, close })
      const told = await store().events({ limit: 1 })
      expect(told).toMatchObject([{ type: 'node:disconnected', node: 'web-1', meta: close }])
      await store().disconnectAll(later)
      expect(await store().events({ limit: 1 })).toEqual(told)
    })

    it('store what the agent says of its host', async () => {
      const { key } = await addNode(store(), 'web-1')
      const connection = await connect(key)
      expect(await store().recordHost(connection, host, later)).toEqual({ addressesChanged: true })
      expect(await store().recordHost(connection, host, later)).toEqual({ addressesChanged: false })
      expect(await read()).toMatchObject({ updated: true, host, agentVersion: '2.0.1' })
    })

    it('tell of a host that peers reach elsewhere now', async () => {
      const { key } = await addNode(store(), 'web-1')
      const connection = await connect(key)
      const report = async (change: Partial<HostInfo>) =>
        (await store().recordHost(connection, { ...host, ...change }, later))?.addressesChanged
      await report({ Labels: [] })
      expect(await report({ NCPU: 4 })).toBe(false)
      expect(await report({ PublicIp: '203.0.113.1' })).toBe(true)
      expect(await report({ PrivateIp: null })).toBe(true)
      const bare = await addNode(store(), 'bare')
      const other = await connect(bare.key)
      const silent = { AgentVersion: '2.0.0', Labels: ['region=eu'] }
      expect(await store().recordHost(other, silent, later)).toEqual({ addressesChanged: true })
    })

    it('that have been silent for too long are ended, and told', async () => {
      const loud = await connect((await addNode(store(), 'loud')).key)
      const silent = await connect((await addNode(store(), 'silent')).key)
      await store().seen(loud, later)
      expect(await store().disconnectSilent(later, later)).toEqual([silent])
      expect(await store().disconnectSilent(later, later)).toEqual([])
      expect(await read('loud')).toMatchObject({ connected: true })
      expect(await read('silent')).toMatchObject({
        connected: false,
        disconnectedAt: later,
        close: { code: 4030 },
      })
      expect(await store().seen(silent, later)).toBe('disconnected')
      const [event] = (await store().events({ grid: 'prod', limit: 1 })).slice(-1)
      expect(event).toMatchObject({ type: 'node:disconnected', node: 'silent' })
    })

    it('that were refused stay on record until one is let in', async () => {
      const { key } = await addNode(store(), 'web-1')
      const skew = { code: 4020, reason: 'clock' }
      await store().recordRejection(key, skew, later)
      expect(await read()).toMatchObject({ rejection: { ...skew, at: later } })
      await connect(key)
      expect(await read()).toMatchObject({ rejection: undefined })
      await store().recordRejection(key, skew, later)
      expect(await read()).toMatchObject({ connected: true, rejection: undefined })
    })

    it('do not let an old one report a host', async () => {
      const { key } = await addNode(store(), 'web-1')
      const old = await connect(key)
      await connect(key)
      expect(await store().recordHost(old, host, later)).toBeUndefined()
      expect(await read()).toMatchObject({ updated: false, host: undefined })
    })

    it("take the engine's labels at the first report only, and only where there are none", async () => {
      const bare = await addNode(store(), 'bare')
      const labelled = await addNode(store(), 'labelled', { labels: ['az=a'] })
      await store().recordHost(await connect(labelled.key), host, later)
      const connection = await connect(bare.key)
      await store().recordHost(connection, host, later)
      expect(await read('labelled')).toMatchObject({ labels: ['az=a'] })
      expect(await read('bare')).toMatchObject({ labels: ['from=docker'] })
      await store().updateNode('prod', 'bare', { labels: [] }, actor, later)
      await store().recordHost(connection, host, later)
      expect(await read('bare')).toMatchObject({ labels: [] })
    })

    it('store the latest statistics', async () => {
      const { key } = await addNode(store(), 'web-1')
      const sample = {
        memory: { total: 4, free: 1, used: 3 },
        load: { '1m': 1, '5m': 2, '15m': 3 },
        cpu: { num_cores: 2, system: 1, user: 1, nice: 0, idle: 198 },
        filesystem: [],
        time: '2026-03-01 12:00:00 UTC',
      }
      await store().recordStatistics(await connect(key), sample, later)
      expect(await read()).toMatchObject({ statistics: sample, lastSeenAt: later })
    })
  })
}
