import { expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { actor, addNode, now } from './sample-records.ts'

/** Nodes as records: made, found, changed and removed. */
export function describeNodes(store: () => Store): void {
  it('refuses a taken name, token or engine, and an unknown grid', async () => {
    await addNode(store(), 'web-1', { nodeId: 'AA:BB', tokenHash: 'hash' })
    const outcome = async (grid: string, name: string, more: object) =>
      (await store().createNode(grid, { name, labels: [], ...more }, actor, now)).outcome
    expect(await outcome('prod', 'web-1', {})).toBe('name-taken')
    expect(await outcome('prod', 'web-2', { token: { hash: 'hash' } })).toBe('token-taken')
    expect(await outcome('prod', 'web-2', { nodeId: 'AA:BB' })).toBe('node-id-taken')
    expect(await outcome('nowhere', 'web-2', {})).toBe('no-grid')
    expect(await store().nodes('prod')).toHaveLength(1)
  })

  it('finds nodes by name, engine and token', async () => {
    const node = await addNode(store(), 'web-1', { nodeId: 'AA:BB', tokenHash: 'hash' })
    expect(node).toMatchObject({ name: 'web-1', hasToken: true, connected: false, createdAt: now })
    expect(await store().node('prod', 'web-1')).toEqual(node)
    expect(await store().node('prod', 'AA:BB')).toEqual(node)
    expect(await store().nodeByNodeId('AA:BB')).toEqual(node)
    expect(await store().nodeByToken('hash')).toEqual(node)
    expect(await store().node('other', 'web-1')).toBeUndefined()
  })

  it('finds what peers and agents are told of nodes', async () => {
    const node = await addNode(store(), 'web-1', { nodeId: 'A', labels: ['region=eu'] })
    const other = await addNode(store(), 'web-2', { labels: ['region=eu'] })
    const connection = await store().openConnection(node.key, '2.0.0', now)
    const host = { AgentVersion: '2.0.0', PrivateIp: '10.0.0.1', PublicIp: '198.51.100.1' }
    await store().recordHost({ key: node.key, connection: connection ?? 0 }, host, now)
    const peers = await store().peers('prod')
    expect(new Map(peers.map((peer) => [peer.key, peer]))).toEqual(
      new Map([
        [
          node.key,
          {
            key: node.key,
            labels: ['region=eu'],
            privateAddress: '10.0.0.1',
            publicAddress: '198.51.100.1',
          },
        ],
        [
          other.key,
          {
            key: other.key,
            labels: ['region=eu'],
            privateAddress: undefined,
            publicAddress: undefined,
          },
        ],
      ]),
    )
    const { key, name, number, labels, createdAt } = node
    expect(await store().briefNodes([key, 'gone'])).toEqual([
      { key, name, number, labels, createdAt, nodeId: 'A', updatedAt: now },
    ])
    expect(await store().briefNodes([])).toEqual([])
  })

  it('takes a text that is a name and an engine for the name', async () => {
    await addNode(store(), 'aaa', { nodeId: 'web-1' })
    const named = await addNode(store(), 'web-1')
    expect((await store().node('prod', 'web-1'))?.key).toBe(named.key)
  })

  it('shows only readable tokens again', async () => {
    await addNode(store(), 'enrolled', { tokenHash: 'hash' })
    const token = { hash: 'hash-2', readable: 'by-hand' }
    await store().createNode('prod', { name: 'by-hand', labels: [], token }, actor, now)
    expect(await store().readableToken('prod', 'by-hand')).toBe('by-hand')
    expect(await store().readableToken('prod', 'enrolled')).toBeUndefined()
  })

  it('replaces labels as a whole and leaves what is not named', async () => {
    await addNode(store(), 'web-1', { labels: ['az=a', 'type=x'] })
    const drained = await store().updateNode('prod', 'web-1', { availability: 'drain' }, actor, now)
    expect(drained).toMatchObject({ labels: ['az=a', 'type=x'], availability: 'drain' })
    const cleared = await store().updateNode('prod', 'web-1', { labels: [] }, actor, now)
    expect(cleared).toMatchObject({ labels: [], availability: 'drain' })
    expect(await store().updateNode('prod', 'nobody', { labels: [] }, actor, now)).toBeUndefined()
  })

  it('keeps a connected node that has no token of its own', async () => {
    const joined = await addNode(store(), 'joined', { nodeId: 'A' })
    const own = await addNode(store(), 'own', { nodeId: 'B', tokenHash: 'hash' })
    const connection = await store().openConnection(joined.key, '2.0.0', now)
    await store().openConnection(own.key, '2.0.0', now)
    expect(await store().removeNode('prod', 'joined', actor, now)).toEqual({ outcome: 'connected' })
    expect(await store().removeNode('prod', 'own', actor, now)).toMatchObject({
      outcome: 'removed',
    })
    expect(await store().nodeByToken('hash')).toBeUndefined()
    const told = await store().events({ grid: 'prod', nodes: ['own'], limit: 2 })
    expect(told.map(({ type }) => type)).toEqual(['node:disconnected', 'node:removed'])
    const close = { code: 1000, reason: '' }
    await store().closeConnection({ key: joined.key, connection: connection ?? 0 }, close, now)
    expect(await store().removeNode('prod', 'joined', actor, now)).toMatchObject({
      outcome: 'removed',
    })
    expect(await store().removeNode('prod', 'joined', actor, now)).toEqual({ outcome: 'missing' })
  })

  it('gives a node that comes back under its name another key', async () => {
    const first = await addNode(store(), 'web-1')
    await store().removeNode('prod', 'web-1', actor, now)
    expect((await addNode(store(), 'web-1')).key).not.toBe(first.key)
  })

  it('binds a node to the first engine, and adds its labels', async () => {
    const node = await addNode(store(), 'web-1', { labels: ['az=a'] })
    const bind = (key: string, nodeId: string) =>
      store().bindNode(key, { nodeId, agentVersion: '2.0.0', labels: ['az=a', 'x'] }, actor, now)
    expect(await bind(node.key, 'A')).toMatchObject({ nodeId: 'A', labels: ['az=a', 'x'] })
    expect(await bind(node.key, 'A')).toMatchObject({ nodeId: 'A' })
    expect(await bind(node.key, 'B')).toBe('bound-to-other')
    const other = await addNode(store(), 'web-2')
    expect(await bind(other.key, 'A')).toBe('node-id-taken')
  })
}
