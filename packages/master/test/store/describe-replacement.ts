import { describe, expect, it } from 'vitest'
import type { NewEnrolment } from '../../src/store/enrolment-store.ts'
import type { Store } from '../../src/store/store.ts'
import { actor, addNode, now } from './sample-records.ts'

const later = (milliseconds: number) => new Date(now.getTime() + milliseconds)
const host = { AgentVersion: '2.0.0', PrivateIp: '10.0.0.1', PublicIp: '203.0.113.1' }

/** Another machine under a node that is there. */
export function describeReplacement(store: () => Store): void {
  const replace = (name: string, more: { hash?: string; evenConnected?: boolean } = {}) => {
    const { hash = 'new-token', evenConnected = false } = more
    const token = { hash, readable: `readable ${hash}` }
    return store().replaceNode('prod', name, { token, evenConnected }, actor, now)
  }
  const bind = (key: string, nodeId: string) =>
    store().bindNode(key, { nodeId, agentVersion: '2.0.0', labels: [] }, actor, now)
  /** A node whose agent has been online, and was cut off if it is to be offline. */
  const addOnline = async (name: string, options: { isOffline?: boolean } = {}) => {
    const { isOffline = true } = options
    const labels = ['az=a']
    const node = await addNode(store(), name, { nodeId: `old ${name}`, tokenHash: name, labels })
    const connection = (await store().openConnection(node.key, '2.0.0', now)) ?? 0
    await store().recordHost({ key: node.key, connection }, host, now)
    if (isOffline) {
      const close = { code: 1006, reason: '' }
      await store().closeConnection({ key: node.key, connection }, close, later(1))
    }
    return { node, connection }
  }

  describe('replacing a node by hand', () => {
    it('tells that its agent is disconnected, before anything else', async () => {
      await addOnline('web-1', { isOffline: false })
      await replace('web-1', { evenConnected: true })
      const told = await store().events({ grid: 'prod', nodes: ['web-1'], limit: 2 })
      expect(told.map(({ type }) => type)).toEqual(['node:disconnected', 'node:replaced'])
    })

    it('unties it from its engine and keeps its name, number and labels', async () => {
      const { node } = await addOnline('web-1')
      const result = await replace('web-1')
      expect(result).toMatchObject({
        outcome: 'replaced',
        node: {
          key: node.key,
          name: 'web-1',
          number: node.number,
          labels: ['az=a'],
          nodeId: undefined,
          connected: false,
          host: undefined,
          disconnectedAt: later(1),
        },
      })
      expect(await bind(node.key, 'new engine')).toMatchObject({ number: node.number })
    })

    it('gives it a new token, and the old one is dead', async () => {
      const { node } = await addOnline('web-1')
      await replace('web-1')
      expect(await store().nodeByToken('web-1')).toBeUndefined()
      expect(await store().nodeByToken('new-token')).toMatchObject({ key: node.key })
      expect(await store().readableToken('prod', 'web-1')).toBe('readable new-token')
    })

    it('keeps the old engine from joining by itself, until its node runs on it again', async () => {
      const { node } = await addOnline('web-1')
      await replace('web-1')
      const join = (name: string) =>
        store().createNode('prod', { name, labels: [], nodeId: 'old web-1' }, actor, now)
      expect(await join('web-1-again')).toEqual({ outcome: 'node-id-replaced' })
      expect(await bind(node.key, 'old web-1')).toMatchObject({ nodeId: 'old web-1' })
      await store().removeNode('prod', 'web-1', actor, now)
      expect(await join('web-1')).toMatchObject({ outcome: 'created' })
    })

    it('leaves its number as it was, though one of an initial member is free', async () => {
      for (const name of ['a', 'b', 'c']) await addNode(store(), name, { nodeId: name })
      const { node } = await addOnline('web-1')
      await store().removeNode('prod', 'a', actor, now)
      await replace('web-1')
      expect(await bind(node.key, 'new engine')).toMatchObject({ number: 4 })
    })

    it('asks to be told so where its agent is connected, and fences that off', async () => {
      const { node, connection } = await addOnline('web-1', { isOffline: false })
      expect(await replace('web-1')).toEqual({ outcome: 'connected' })
      expect(await replace('web-1', { evenConnected: true })).toMatchObject({
        outcome: 'replaced',
        node: { connected: false, disconnectedAt: now },
      })
      const old = { key: node.key, connection }
      expect(await store().recordHost(old, host, now)).toBeUndefined()
      expect(await store().seen(old, now)).toBe('replaced')
    })

    it('is told with what it was', async () => {
      await addOnline('web-1')
      await replace('web-1')
      expect((await store().auditLog(1))[0]).toMatchObject({
        event: 'replace node',
        resource: { name: 'web-1' },
        before: { node_id: 'old web-1', labels: ['az=a'] },
      })
      const [event] = (await store().events({ grid: 'prod', limit: 1 })).slice(-1)
      expect(event).toMatchObject({ type: 'node:replaced', node: 'web-1' })
    })

    it('needs a node, and a token that no other has', async () => {
      await addOnline('web-1')
      await addOnline('web-2')
      expect(await replace('nobody')).toEqual({ outcome: 'missing' })
      expect(await replace('web-1', { hash: 'web-2' })).toEqual({ outcome: 'token-taken' })
      expect(await store().nodeByToken('web-1')).toMatchObject({ nodeId: 'old web-1' })
    })
  })

  describe('replacing nodes by an order', () => {
    const order = (change: Partial<NewEnrolment> = {}, at = now) => {
      const nodes = [{ name: 'web-1', labels: ['az=b'], replace: 'offline' as const }]
      const expiresAt = new Date(at.getTime() + 60_000)
      const wanted = { grid: 'prod', order: 'o1', secretHash: 's1', expiresAt, nodes }
      return store().createEnrolment({ ...wanted, ...change }, actor, at)
    }
    const enrol = (secretHash: string, id: string, orderId = 'o1') => {
      const machine = { provider: 'aws', account: '1', region: 'r', id, order: orderId }
      return store().enrol(
        { secretHash, name: 'web-1', tokenHash: id, machine, hostKeys: [], sshUser: undefined },
        actor,
        now,
      )
    }

    it('gives the node to the order under its number, with the labels of the order', async () => {
      const { node } = await addOnline('web-1')
      await addNode(store(), 'other')
      expect(await order()).toMatchObject({
        outcome: 'created',
        nodes: [{ key: node.key, number: node.number, labels: ['az=b'], enrolment: 'pending' }],
      })
      expect(await store().nodeByToken('web-1')).toBeUndefined()
      expect(await enrol('s1', 'i-2')).toMatchObject({ outcome: 'enrolled' })
      expect(await store().node('prod', 'web-1')).toMatchObject({ machine: { id: 'i-2' } })
    })

    it('adds other nodes in the same step', async () => {
      await addOnline('web-1')
      const nodes = [
        { name: 'web-2', labels: [] },
        { name: 'web-1', labels: [], replace: 'offline' as const },
      ]
      expect(await order({ nodes })).toMatchObject({
        nodes: [
          { name: 'web-1', number: 1 },
          { name: 'web-2', number: 2 },
        ],
      })
    })

    it('changes nothing where a node is missing or still connected', async () => {
      await addOnline('web-1', { isOffline: false })
      expect(await order()).toEqual({ outcome: 'connected', names: ['web-1'] })
      const nodes = [
        { name: 'web-1', labels: [], replace: 'always' as const },
        { name: 'nobody', labels: [], replace: 'always' as const },
      ]
      expect(await order({ nodes })).toEqual({ outcome: 'names-missing', names: ['nobody'] })
      expect(await store().node('prod', 'web-1')).toMatchObject({ connected: true })
      const [first] = nodes
      expect(await order({ nodes: first === undefined ? [] : [first] })).toMatchObject({
        outcome: 'created',
        nodes: [{ connected: false }],
      })
    })

    it('waits for another order that has a machine on the way', async () => {
      await addOnline('web-1')
      await order()
      const second = { order: 'o2', secretHash: 's2' }
      expect(await order(second)).toEqual({ outcome: 'awaited', names: ['web-1'] })
      expect(await replace('web-1')).toEqual({ outcome: 'awaited' })
      await store().endEnrolment('prod', 'o1', actor, now)
      expect(await order(second)).toMatchObject({ outcome: 'created' })
      expect(await enrol('s1', 'i-2')).toMatchObject({ outcome: 'invalid' })
      expect(await order({ order: 'o3', secretHash: 's3' }, later(60_000))).toMatchObject({
        outcome: 'created',
      })
    })

    it('is not for nodes with a machine by hand', async () => {
      await addOnline('web-1')
      await order()
      await enrol('s1', 'i-2')
      expect(await replace('web-1')).toMatchObject({
        outcome: 'has-machine',
        machine: { provider: 'aws', id: 'i-2' },
      })
    })

    it('forgets what is long dead, and nothing else', async () => {
      await addOnline('web-1')
      await order()
      await store().forgetEnrolments(later(60_000))
      expect(await enrol('s1', 'i-2')).toMatchObject({ outcome: 'enrolled' })
      await store().forgetEnrolments(later(60_001))
      expect(await enrol('s1', 'i-2')).toMatchObject({ outcome: 'invalid' })
      await order({ order: 'o2', secretHash: 's2' }, later(1))
      await store().endEnrolment('prod', 'o2', actor, later(2))
      await store().forgetEnrolments(later(3))
      expect(await order({ order: 'o2', secretHash: 'other' }, later(4))).toMatchObject({
        outcome: 'created',
      })
    })
  })
}
