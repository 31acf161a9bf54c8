import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { describeAccess } from './describe-access.ts'
import { describeConfiguration } from './describe-configuration.ts'
import { describeConnections } from './describe-connections.ts'
import { describeEnrolments } from './describe-enrolments.ts'
import { actor, addNode, newGrid, now } from './sample-records.ts'

/** What any store must do. Each test gets a new, empty one. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(`${name} store`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
      await store.createGrid(newGrid('prod'), actor, now)
    })
    afterEach(() => store.close())

    describeIdentity(() => store)
    describeAccess(() => store)
    describeConfiguration(() => store)
    describeGrids(() => store)
    describeNodes(() => store)
    describeAudit(() => store)
    describeEnrolments(() => store)
    describeConnections(() => store)
  })
}

function describeIdentity(store: () => Store): void {
  it('has a uuid that stays the same', async () => {
    const uuid = await store().uuid()
    expect(uuid).toMatch(/^[0-9a-f-]{36}$/)
    expect(await store().uuid()).toBe(uuid)
  })

  it('answers a ping', async () => {
    await expect(store().ping()).resolves.toBeUndefined()
  })
}

function describeGrids(store: () => Store): void {
  it('finds a grid by name and by the hash of its token', async () => {
    const grid = await store().grid('prod')
    expect(grid).toMatchObject({
      name: 'prod',
      token: 'token-of-prod',
      initialSize: 3,
      trustedSubnets: ['192.168.0.0/24'],
      createdAt: now,
      nodeCount: 0,
    })
    expect(await store().gridByToken('hash-of-prod')).toEqual(grid)
    expect(await store().gridByToken('token-of-prod')).toBeUndefined()
    expect(await store().grid('prod2')).toBeUndefined()
  })

  it('refuses a second grid of the same name or token', async () => {
    expect(await store().createGrid(newGrid('prod'), actor, now)).toBe('name-taken')
    const clone = { ...newGrid('test'), tokenHash: 'hash-of-prod' }
    expect(await store().createGrid(clone, actor, now)).toBe('token-taken')
    expect(await store().grid('test')).toBeUndefined()
  })

  it('makes the user who makes a grid its member', async () => {
    const user = await store().createUser({ email: 'jo', roles: [] }, actor, now)
    const by = { address: 'here', user: { id: user?.id ?? '', email: 'jo' } }
    await store().createGrid(newGrid('mine'), by, now)
    const names = async (memberId?: string) =>
      (await store().grids(memberId)).map((grid) => grid.name)
    expect(await names(user?.id)).toEqual(['mine'])
    expect(await names()).toEqual(['mine', 'prod'])
  })

  it('removes an empty grid only', async () => {
    const node = await addNode(store(), 'web-1')
    expect(await store().removeGrid('prod', actor, now)).toBe('has-nodes')
    await store().removeNode('prod', node.name, actor, now)
    expect(await store().removeGrid('prod', actor, now)).toBe('removed')
    expect(await store().removeGrid('prod', actor, now)).toBe('missing')
  })
}

function describeNodes(store: () => Store): void {
  it('gives each node the lowest free number', async () => {
    for (const name of ['a', 'b', 'c']) await addNode(store(), name)
    await store().removeNode('prod', 'b', actor, now)
    expect((await addNode(store(), 'd')).number).toBe(2)
    expect((await addNode(store(), 'e')).number).toBe(4)
  })

  it('has room for 254 nodes', async () => {
    for (let number = 1; number <= 254; number += 1) await addNode(store(), `n${number}`)
    const more = await store().createNode('prod', { name: 'more', labels: [] }, actor, now)
    expect(more).toEqual({ outcome: 'grid-full' })
    expect((await store().grid('prod'))?.nodeCount).toBe(254)
  })

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

function describeAudit(store: () => Store): void {
  it('audits every change with who made it, and no change that did not happen', async () => {
    await addNode(store(), 'web-1')
    await store().updateNode('prod', 'web-1', { labels: ['x'] }, actor, now)
    await store().updateNode('prod', 'nobody', { labels: ['x'] }, actor, now)
    await store().removeNode('prod', 'web-1', actor, now)
    await store().removeGrid('prod', actor, now)
    const log = await store().auditLog(10)
    expect(log.map((entry) => `${entry.event} ${entry.resource.name}`)).toEqual([
      'remove grid prod',
      'remove node web-1',
      'update node web-1',
      'create node web-1',
      'create grid prod',
    ])
    expect(log[1]).toMatchObject({ time: now, grid: 'prod', actor })
    expect(await store().auditLog(2)).toHaveLength(2)
  })
}
