import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callMethod } from '../../src/gateway/rpc-methods.ts'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

/** What agents of 1.5 tell, and wait 30 s for an answer to. */
describe('what is heard and not kept', () => {
  let master: TestMaster
  beforeAll(async () => {
    master = await testMaster()
  })
  afterAll(() => master.close())

  const call = (method: string, params: unknown[] = []) => {
    const { store, clock } = master
    const from = { key: 'k', connection: 1, grid: 'prod', name: 'web-1' }
    return callMethod(method, params, { store, clock, from, announce: () => {} })
  }

  it.each([
    '/containers/save',
    '/containers/event',
    '/containers/cleanup',
    '/containers/health',
    '/containers/stat',
    '/containers/log',
    '/containers/log_batch',
    '/container_exec/output',
    '/container_exec/exit',
    '/container_exec/error',
    '/node_service_pods/set_state',
    '/node_service_pods/event',
    '/node_service_pods/mark_oneshot_hook',
    '/node_volumes/set_state',
  ])('%s is answered with nothing', async (method) => {
    const stored = await master.store.eventRange()
    expect(await call(method, ['x', { any: 'thing' }])).toEqual({ error: undefined, result: {} })
    expect(await master.store.eventRange()).toEqual(stored)
  })

  it.each(['/containers/anything', '/containers/save/', '/nodes/remove', 'constructor'])(
    '%s is not known',
    async (method) => {
      const error = { code: 501, error: 'service not implemented' }
      expect(await call(method)).toEqual({ error, result: undefined })
    },
  )
})
