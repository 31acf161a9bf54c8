import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AppOptions } from '../../src/app.ts'
import { connect, listen, type TestAgent } from '../fixtures/test-agent.ts'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

/** What those who watch a grid are told of its agents: all, and nothing twice. */
describe('events of a connection', () => {
  let master: TestMaster
  let url: string
  let token: string
  const start = async (options: Partial<AppOptions> = {}) => {
    master = await testMaster(options)
    url = await listen(master)
    const grid = await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    token = String(Object(grid.body).token)
  }
  beforeEach(() => start())
  afterEach(() => master.close())

  const join = async (): Promise<TestAgent> => {
    const agent = await connect(url, { 'Kontena-Grid-Token': token })
    await agent.next('/agent/node_info')
    return agent
  }
  const describeHost = (agent: TestAgent) =>
    agent.call('/nodes/update', 'x', { AgentVersion: '2.0.0' })
  const events = async () =>
    (await master.store.events({ grid: 'prod', limit: 100 })).flatMap(({ type, meta }) =>
      /connected$|online$/.test(type) ? [[type, meta.code].filter(Boolean).join(' ')] : [],
    )
  const told = (types: string[]) => vi.waitFor(async () => expect(await events()).toEqual(types))

  it('are its begin, its first report and its end', async () => {
    const agent = await join()
    await describeHost(agent)
    await describeHost(agent)
    expect(await events()).toEqual(['node:connected', 'node:online'])
    await agent.leave()
    await told(['node:connected', 'node:online', 'node:disconnected 1005'])
  })

  it('do not end one that has a newer in its place', async () => {
    const old = await join()
    await describeHost(old)
    const fresh = await join()
    await old.closed
    await describeHost(fresh)
    await fresh.leave()
    await told([
      'node:connected',
      'node:online',
      'node:connected',
      'node:online',
      'node:disconnected 1005',
    ])
  })

  it('end it once, where it is silent and its socket closes later', async () => {
    await master.close()
    await start({ keepaliveInterval: 20, pingTimeout: 50 })
    const agent = await join()
    agent.socket.pong = () => {}
    await agent.closed
    await told(['node:connected', 'node:disconnected 4030'])
  })

  it('end it when the master goes', async () => {
    await join()
    await master.app.close()
    expect(await events()).toEqual(['node:connected', 'node:disconnected 1001'])
  })
})
