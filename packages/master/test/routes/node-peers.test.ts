import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, listen, type TestAgent } from '../fixtures/test-agent.ts'
import { enrolment, order, secret, type TestMaster, testMaster } from '../fixtures/test-master.ts'

describe('peers of a node', () => {
  let master: TestMaster
  let url: string
  let agent: TestAgent
  beforeEach(async () => {
    master = await testMaster()
    url = await listen(master)
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    agent = await join('web-1', '10.0.0.1', '203.0.113.1')
  })
  afterEach(() => master.close())

  const tokenOf = (name: string) => `the token of ${name}`
  async function join(name: string, own: string, open: string): Promise<TestAgent> {
    const body = { name, token: tokenOf(name), labels: ['region=eu'] }
    await master.send('/v1/grids/prod/nodes', { method: 'POST', body })
    const joined = await connect(url, {
      'Kontena-Node-Token': tokenOf(name),
      'Kontena-Node-Id': `engine of ${name}`,
    })
    await report(joined, own, open)
    return joined
  }
  const report = (from: TestAgent, own: string, open: string) =>
    from.call('/nodes/update', 'any', { AgentVersion: '2.0.0', PrivateIp: own, PublicIp: open })
  const change = (name: string, body: object) =>
    master.send(`/v1/nodes/prod/${name}`, { method: 'PUT', body })
  /** Reads on until the agent of web-1 has been told just these. */
  const told = async (...peers: string[]): Promise<void> => {
    for (;;) {
      const { peer_ips: now } = Object(await agent.next('/agent/node_info'))
      if (JSON.stringify(now) === JSON.stringify(peers)) return
    }
  }

  it('are told when one joins and says where it is', async () => {
    await join('web-2', '10.0.0.2', '203.0.113.2')
    await told('10.0.0.2')
  })

  it('are told when one moves', async () => {
    const other = await join('web-2', '10.0.0.2', '203.0.113.2')
    await told('10.0.0.2')
    await report(other, '10.0.0.3', '203.0.113.2')
    await told('10.0.0.3')
  })

  it('are told when one turns out to be in another region', async () => {
    await join('web-2', '10.0.0.2', '203.0.113.2')
    await told('10.0.0.2')
    await change('web-2', { labels: ['region=us'] })
    await told('203.0.113.2')
  })

  it('are told when one is removed', async () => {
    await join('web-2', '10.0.0.2', '203.0.113.2')
    await told('10.0.0.2')
    await master.send('/v1/nodes/prod/web-2', { method: 'DELETE' })
    await told()
  })

  it('are told when one gets another machine by an order', async () => {
    await join('web-2', '10.0.0.2', '203.0.113.2')
    await told('10.0.0.2')
    const nodes = [{ name: 'web-2', labels: ['region=eu'], replace: 'always' }]
    const body = { order, secret, expires_in: 60, nodes }
    await master.send('/v1/grids/prod/enrolments', { method: 'POST', body })
    await told()
    const machine = enrolment({ name: 'web-2' })
    await master.send('/v1/enrol', { method: 'POST', body: machine })
    const next = await connect(url, {
      'Kontena-Node-Token': machine.nodeToken,
      'Kontena-Node-Id': 'another engine',
    })
    await report(next, '10.0.0.7', '203.0.113.7')
    await told('10.0.0.7')
  })

  it('learn of their own labels at once', async () => {
    await change('web-1', { labels: ['region=eu', 'tier=front'] })
    for (;;) {
      const { labels } = Object(await agent.next('/agent/node_info'))
      if (labels.includes('tier=front')) break
    }
    expect(Object((await master.send('/v1/nodes/prod/web-1')).body).labels).toContain('tier=front')
  })
})
