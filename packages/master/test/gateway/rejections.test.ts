import { closeCodes } from '@kontena/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hashSecret } from '../../src/secrets/secrets.ts'
import { type AgentHeaders, connect, knock, listen } from '../fixtures/test-agent.ts'
import { system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

/** What is left of an agent that was turned away. */
describe('a refusal', () => {
  let master: TestMaster
  let url: string
  let gridToken: string
  beforeEach(async () => {
    master = await testMaster()
    url = await listen(master)
    const grid = await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    gridToken = String(Object(grid.body).token)
    await master.store.createNode(
      'prod',
      { name: 'web-1', labels: [], nodeId: 'ID:1', token: { hash: hashSecret('good') } },
      system,
      master.clock(),
    )
    await master.store.createNode(
      'prod',
      { name: 'web-2', labels: [], nodeId: 'ID:2' },
      system,
      master.clock(),
    )
  })
  afterEach(() => master.close())

  const rejection = async (name = 'web-1') => (await master.store.node('prod', name))?.rejection
  const events = async () =>
    (await master.store.events({ grid: 'prod', limit: 100 }))
      .filter(({ type }) => type === 'node:rejected')
      .map(({ node, meta }) => [node, meta.code])
  const told = (codes: unknown[]) => vi.waitFor(async () => expect(await events()).toEqual(codes))
  /** Another refusal, of which it is known when it has been noted. */
  const mark = async () => {
    await knock(url, { 'Kontena-Node-Id': 'ID:2', 'Kontena-Grid-Token': 'wrong' })
    await vi.waitFor(async () => expect(await rejection('web-2')).toBeDefined())
  }

  it.each<[string, AgentHeaders, keyof typeof closeCodes]>([
    ['of an old node token', { 'Kontena-Node-Token': 'old' }, 'invalidNodeToken'],
    ['of a wrong grid token', { 'Kontena-Grid-Token': 'wrong' }, 'invalidGridToken'],
    ['of an agent without a token', {}, 'missingToken'],
    [
      'of another machine with its token',
      { 'Kontena-Node-Token': 'good', 'Kontena-Node-Id': 'ID:9' },
      'tokenOfOtherNode',
    ],
    [
      'of its token with the id of another node',
      { 'Kontena-Node-Token': 'good', 'Kontena-Node-Id': 'ID:2' },
      'nodeIdTaken',
    ],
    [
      'of an agent from the future',
      { 'Kontena-Node-Token': 'good', 'Kontena-Version': '2.1.0' },
      'incompatibleVersion',
    ],
  ])('%s stays with the node', async (_what, headers, reason) => {
    await knock(url, { 'Kontena-Node-Id': 'ID:1', ...headers })
    const { code } = closeCodes[reason]
    await vi.waitFor(async () => expect(await rejection()).toMatchObject({ code }))
    expect(await events()).toEqual([['web-1', code]])
  })

  it('of the grid token for a node with its own stays with the node', async () => {
    await knock(url, { 'Kontena-Node-Id': 'ID:1', 'Kontena-Grid-Token': gridToken })
    await vi.waitFor(async () => expect(await rejection()).toMatchObject({ code: 4005 }))
  })

  it('is one event, however often the agent tries again', async () => {
    const old = { 'Kontena-Node-Id': 'ID:1', 'Kontena-Node-Token': 'old' }
    for (let times = 0; times < 20; times += 1) await knock(url, old)
    await mark()
    await told([
      ['web-1', 4002],
      ['web-2', 4001],
    ])
    // Even in a master that has just started, and remembers nothing.
    const again = await testMaster({ store: master.store })
    const address = await listen(again)
    await knock(address, old)
    await knock(address, { 'Kontena-Node-Id': 'ID:1' })
    await told([
      ['web-1', 4002],
      ['web-2', 4001],
      ['web-1', 4004],
    ])
    await again.app.close()
  })

  it('costs a write when it is news, and none when the agent tries again', async () => {
    const { store, clock } = master
    const written: unknown[] = []
    const recordRejection: typeof store.recordRejection = async (key, rejection, now) => {
      written.push([rejection.code, rejection.times])
      await store.recordRejection(key, rejection, now)
    }
    const counting = await testMaster({ clock, store: { ...store, recordRejection } })
    const address = await listen(counting)
    const old = { 'Kontena-Node-Id': 'ID:1', 'Kontena-Node-Token': 'old' }
    for (let times = 0; times < 20; times += 1) await knock(address, old)
    clock.advance(10 * 60_000)
    await knock(address, old)
    await vi.waitFor(() => expect(written.length).toBeGreaterThan(1))
    expect(written).toEqual([
      [4002, 1],
      [4002, 20],
    ])
    await counting.close()
  })

  it('is renewed now and then, so that it shows that the agent still tries', async () => {
    const old = { 'Kontena-Node-Id': 'ID:1', 'Kontena-Node-Token': 'old' }
    await knock(url, old)
    await told([['web-1', 4002]])
    master.clock.advance(11 * 60_000)
    await knock(url, old)
    await vi.waitFor(async () => expect(await rejection()).toMatchObject({ at: master.clock() }))
    expect(await events()).toHaveLength(1)
  })

  it('is news again after the agent was let in', async () => {
    const agent = { 'Kontena-Node-Id': 'ID:1' }
    await knock(url, { ...agent, 'Kontena-Node-Token': 'old' })
    await told([['web-1', 4002]])
    const good = await connect(url, { ...agent, 'Kontena-Node-Token': 'good' })
    await good.next('/agent/node_info')
    expect(await rejection()).toBeUndefined()
    await good.leave()
    await vi.waitFor(async () => {
      expect(await master.store.node('prod', 'web-1')).toMatchObject({ connected: false })
    })
    await knock(url, { ...agent, 'Kontena-Node-Token': 'old' })
    await told([
      ['web-1', 4002],
      ['web-1', 4002],
    ])
  })

  it('of somebody else leaves a connected node as it is, but is told', async () => {
    const agent = await connect(url, { 'Kontena-Node-Id': 'ID:1', 'Kontena-Node-Token': 'good' })
    await agent.next('/agent/node_info')
    await knock(url, { 'Kontena-Node-Id': 'ID:9', 'Kontena-Node-Token': 'good' })
    await told([['web-1', 4003]])
    expect(await rejection()).toBeUndefined()
    expect(agent.socket.readyState).toBe(agent.socket.OPEN)
  })

  it('of one of two copies of a host is told once, however often they take turns', async () => {
    const copy = { 'Kontena-Node-Id': 'ID:1', 'Kontena-Node-Token': 'good' }
    let last = await connect(url, copy)
    for (let turn = 0; turn < 4; turn += 1) {
      const next = await connect(url, copy)
      expect(await last.closed).toMatchObject({ code: 4041 })
      last = next
    }
    await told([['web-1', 4041]])
    expect(await master.store.node('prod', 'web-1')).toMatchObject({
      connected: true,
      rejection: undefined,
    })
  })

  it('of an agent whose network was cut before is none', async () => {
    const agent = { 'Kontena-Node-Id': 'ID:1', 'Kontena-Node-Token': 'good' }
    const old = await connect(url, agent)
    // It never hears that it is closed.
    old.socket.pause()
    const fresh = await connect(url, agent)
    await fresh.next('/agent/node_info')
    await mark()
    expect(await events()).toEqual([['web-2', 4001]])
    old.socket.terminate()
  })

  it('fills no log, whatever names a stranger gives itself', async () => {
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(line) }
    const logging = await testMaster({ logger: { level: 'info', stream } })
    const address = await listen(logging)
    for (let count = 0; count < 130; count += 1) {
      await knock(address, { 'Kontena-Node-Name': `stranger-${count}` })
    }
    expect(lines.filter((line) => line.includes('agent refused'))).toHaveLength(100)
    logging.clock.advance(10 * 60_000)
    await knock(address, { 'Kontena-Node-Name': 'stranger-130' })
    expect(lines.filter((line) => line.includes('agent refused'))).toHaveLength(101)
    await logging.close()
  })

  it('that cannot be stored is still told to the agent', async () => {
    const { store } = master
    const recordRejection = () => Promise.reject(new Error('disk is full'))
    const full = await testMaster({ store: { ...store, recordRejection } })
    const refusal = await knock(await listen(full), {
      'Kontena-Node-Id': 'ID:1',
      'Kontena-Node-Token': 'old',
    })
    expect(refusal).toMatchObject({ status: 401, headers: { 'kontena-close': '4002' } })
    await full.app.close()
  })
})
