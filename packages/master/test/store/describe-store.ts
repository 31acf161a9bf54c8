import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { describeAccess } from './describe-access.ts'
import { describeConfiguration } from './describe-configuration.ts'
import { describeConnections } from './describe-connections.ts'
import { describeEnrolments } from './describe-enrolments.ts'
import { describeNodes } from './describe-nodes.ts'
import { describeNumbers } from './describe-numbers.ts'
import { describeRejections } from './describe-rejections.ts'
import { describeReplacement } from './describe-replacement.ts'
import { describeStatistics } from './describe-statistics.ts'
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
    describeNumbers(() => store)
    describeReplacement(() => store)
    describeAudit(() => store)
    describeEnrolments(() => store)
    describeConnections(() => store)
    describeRejections(() => store)
    describeStatistics(() => store)
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
