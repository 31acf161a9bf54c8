import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { describeAccess } from './describe-access.ts'
import { describeConfiguration } from './describe-configuration.ts'
import { describeConnections } from './describe-connections.ts'
import { describeEnrolments } from './describe-enrolments.ts'
import { describeEvents } from './describe-events.ts'
import { describeGrids } from './describe-grids.ts'
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
    describeEvents(() => store)
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
