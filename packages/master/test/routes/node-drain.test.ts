import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, listen, type TestAgent } from '../fixtures/test-agent.ts'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

const token = 'the token of web-1'

describe('a node that is to be drained', () => {
  let master: TestMaster
  let agent: TestAgent
  let url: string
  beforeEach(async () => {
    master = await testMaster()
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    await master.send('/v1/grids/prod/nodes', { method: 'POST', body: { name: 'web-1', token } })
    url = await listen(master)
    agent = await connect(url, { 'Kontena-Node-Token': token })
  })
  afterEach(() => master.close())

  const report = (count?: number) =>
    agent.call('/nodes/update', 'A', { AgentVersion: '2.0.0', ServiceContainers: count })
  const update = async (availability: 'active' | 'drain') => {
    const body = { availability }
    return (await master.send('/v1/nodes/prod/web-1', { method: 'PUT', body })).body
  }
  const show = async () => (await master.send('/v1/nodes/prod/web-1')).body
  const drainedEvents = async () => {
    const events = await master.store.events({ grid: 'prod', limit: 100 })
    return events.filter(({ type }) => type === 'node:drained').length
  }

  it('is drained once the last service has left it', async () => {
    await report(2)
    expect(await update('drain')).toMatchObject({ drained: false, service_containers: 2 })
    await report(1)
    expect(await show()).toMatchObject({ drained: false, service_containers: 1 })
    expect(await drainedEvents()).toBe(0)
    await report(0)
    expect(await show()).toMatchObject({ status: 'drain', drained: true, service_containers: 0 })
    await report(0)
    expect(await drainedEvents()).toBe(1)
  })

  it('is drained at once where nothing runs, and told so once', async () => {
    await report(0)
    expect(await show()).toMatchObject({ drained: null, service_containers: 0 })
    expect(await update('drain')).toMatchObject({ drained: true })
    await update('drain')
    await report(0)
    expect(await drainedEvents()).toBe(1)
  })

  it('is told anew when it is drained another time', async () => {
    await report(0)
    await update('drain')
    expect(await update('active')).toMatchObject({ status: 'online', drained: null })
    await update('drain')
    expect(await drainedEvents()).toBe(2)
  })

  it('is not known to be drained where its agent does not count services', async () => {
    await report()
    expect(await update('drain')).toMatchObject({ drained: null, service_containers: null })
    expect(await drainedEvents()).toBe(0)
  })

  it('is not known to be drained while its agent is away', async () => {
    await report(0)
    await agent.leave()
    expect(await update('drain')).toMatchObject({ status: 'offline', drained: null })
    expect(await drainedEvents()).toBe(0)
    agent = await connect(url, { 'Kontena-Node-Token': token })
    await report(0)
    expect(await show()).toMatchObject({ status: 'drain', drained: true })
    expect(await drainedEvents()).toBe(1)
  })
})
