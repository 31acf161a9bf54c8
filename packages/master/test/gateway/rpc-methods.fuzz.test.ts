import { encodeFrame } from '@kontena/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callMethod } from '../../src/gateway/rpc-methods.ts'
import type { ConnectionKey } from '../../src/store/connection-store.ts'
import { connect, listen, type TestAgent } from '../fixtures/test-agent.ts'
import { system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

const seeded = (numRuns: number) => ({ seed: 20_260_301, numRuns })

const methods = [
  '/nodes/update',
  '/nodes/stats',
  '/nodes/get',
  '/node_service_pods/list',
  '/node_service_pods/set_state',
  '/node_volumes/list',
  '/containers/save',
  '/containers/log_batch',
  '/container_exec/output',
  'constructor',
  '__proto__',
]
const anything = fc.anything({ withNullPrototype: true, withDate: true, maxDepth: 4 })

/** Reports with the right names, and anything in them. */
const nearlyRight = fc.record(
  {
    AgentVersion: fc.oneof(fc.constant('2.0.0'), anything),
    PublicIp: fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), anything),
    Labels: fc.oneof(fc.array(fc.string()), anything),
    NCPU: fc.oneof(fc.double(), anything),
    Drivers: fc.oneof(fc.record({ Volume: anything, Network: anything }), anything),
    ServiceContainers: fc.oneof(fc.integer(), anything),
    memory: fc.oneof(fc.dictionary(fc.string(), fc.oneof(fc.double(), anything)), anything),
    load: fc.record({ '1m': fc.double(), '5m': fc.double(), '15m': fc.double() }),
    cpu: fc.record({
      num_cores: fc.double(),
      system: fc.double(),
      user: fc.double(),
      nice: fc.double(),
      idle: fc.double(),
    }),
    filesystem: fc.oneof(fc.array(anything), anything),
    network: anything,
    time: fc.oneof(fc.string(), anything),
  },
  { requiredKeys: ['AgentVersion'] },
)
const params = fc.oneof(
  fc.array(anything, { maxLength: 4 }),
  fc.tuple(anything, fc.oneof(nearlyRight, anything)),
)

describe('calls of an agent', () => {
  let master: TestMaster
  let from: ConnectionKey & { grid: string; name: string }
  beforeAll(async () => {
    master = await testMaster()
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    const node = { name: 'web-1', labels: [] }
    const made = await master.store.createNode('prod', node, system, master.clock())
    if (made.outcome !== 'created') throw new Error(made.outcome)
    const { key } = made.node
    const connection = (await master.store.openConnection(key, '2.0.0', master.clock())) ?? 0
    from = { key, connection, grid: 'prod', name: 'web-1' }
  })
  afterAll(() => master.close())

  it('are answered whatever is in them, and never with a failure of ours', async () => {
    const { store, clock } = master
    const context = { store, clock, from, announce: () => {} }
    const property = fc.asyncProperty(fc.constantFrom(...methods), params, async (name, given) => {
      const { error } = await callMethod(name, given, context)
      expect([undefined, 422, 501]).toContain(error?.code)
    })
    await fc.assert(property, seeded(200))
  })

  it('leave a node that can be shown, and sums that can be made', async () => {
    expect((await master.send('/v1/nodes/prod/web-1')).status).toBe(200)
    expect((await master.send('/v1/grids/prod/nodes')).status).toBe(200)
    expect((await master.send('/v1/grids/prod/metrics')).status).toBe(200)
  })
})

describe('bytes on a connection', () => {
  let master: TestMaster
  let url: string
  let token: string
  beforeAll(async () => {
    master = await testMaster()
    url = await listen(master)
    const grid = await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    token = String(Object(grid.body).token)
  })
  afterAll(() => master.close())

  const join = (name: string): Promise<TestAgent> =>
    connect(url, {
      'Kontena-Grid-Token': token,
      'Kontena-Node-Id': `ID:${name}`,
      'Kontena-Node-Name': name,
    })

  it('end that connection at most, and no other', async () => {
    const other = await join('other')
    const frame = Buffer.from(
      encodeFrame({ type: 'request', id: 1, method: '/nodes/get', params: ['x', { a: [1] }] }),
    )
    const flip = fc.tuple(fc.nat(frame.length - 1), fc.nat(255))
    const property = fc.asyncProperty(fc.array(flip, { maxLength: 4 }), async (flips) => {
      const agent = await join('broken')
      const bytes = Buffer.from(frame)
      for (const [at, value] of flips) bytes[at] = value
      agent.socket.send(bytes)
      const answered = agent.call('/containers/event').then(
        () => undefined,
        () => undefined,
      )
      const ended = await Promise.race([agent.closed, answered])
      if (ended !== undefined) expect(ended.code).toBe(1007)
      agent.socket.terminate()
      expect(await other.call('/containers/event')).toMatchObject({ result: {} })
    })
    await fc.assert(property, seeded(60))
    await other.leave()
  })
})
