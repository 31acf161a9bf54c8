import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeAgent, joinAs } from '../fake-agent.ts'
import { openTestMaster, type TestMaster } from '../test-master.ts'

const gigabyte = 2 ** 30
const traffic = (interfaces: string[], rate: number) => ({
  interfaces,
  rx_bytes: 1,
  rx_bytes_per_second: rate,
  tx_bytes: 1,
  tx_bytes_per_second: rate / 2,
})
const sample = {
  memory: { total: 8 * gigabyte, free: gigabyte, used: 7 * gigabyte, cached: 3 * gigabyte },
  load: { '1m': 0.4, '5m': 0.33, '15m': 0.2 },
  cpu: { num_cores: 2, system: 5, user: 10.55, nice: 0, idle: 184 },
  filesystem: [
    {
      name: '/var/lib/docker',
      free: gigabyte,
      available: gigabyte,
      used: 3 * gigabyte,
      total: 4 * gigabyte,
    },
  ],
  network: { internal: traffic([], 0), external: traffic(['eth0', 'eth1'], 2048) },
  time: '2026-03-01 12:00:00 UTC',
}

describe('node stats', () => {
  let lab: TestMaster
  let agent: FakeAgent
  beforeAll(async () => {
    lab = await openTestMaster()
    await lab.client.createGrid({ name: 'prod', initial_size: 1 })
    await lab.writeConfig({ grid: 'prod' })
    agent = await joinAs(lab, 'web-1', {})
    await agent.report(sample)
    await lab.client.createNode('prod', { name: 'web-2' })
  })
  afterAll(() => lab.close())

  it('shows what one node uses', async () => {
    const { code, stdout } = await lab.run(['node', 'stats', 'web-1'])
    expect(code).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "prod/web-1:
        status: online
        cpu: 15.6% of 2 cores
        load: 0.4 0.3 0.2
        memory: 4.00 of 8.00 GB
        filesystem:
          - /var/lib/docker: 3.00 of 4.00 GB
        network:
          external: eth0,eth1: 2.0 KB/s in, 1.0 KB/s out
      "
    `)
  })

  it('lists what all nodes use', async () => {
    expect((await lab.run(['node', 'stats'])).stdout).toMatchInlineSnapshot(`
      "NAME   CPU               LOAD         MEMORY           FILESYSTEM
      web-1  15.6% of 2 cores  0.4 0.3 0.2  4.00 of 8.00 GB  75%
      web-2  -                 -            -                -
      "
    `)
  })

  it('is JSON where that is wanted', async () => {
    const one = JSON.parse((await lab.run(['node', 'stats', 'web-1', '--json'])).stdout)
    expect(one).toMatchObject({
      id: 'prod/web-1',
      resource_usage: { cpu: { num_cores: 2 } },
      last_minute: { cpu: { used: 15.55, cores: 2 } },
    })
    const all = JSON.parse((await lab.run(['node', 'stats', '--json'])).stdout)
    expect(all).toMatchObject([{ name: 'web-1' }, { name: 'web-2', resource_usage: {} }])
  })

  it('shows of a node that has told nothing only its status', async () => {
    expect((await lab.run(['node', 'stats', 'web-2'])).stdout).toBe(
      'prod/web-2:\n  status: created\n',
    )
  })

  it('names the command that lists nodes when there is none of that name', async () => {
    const { code, stderr } = await lab.run(['node', 'stats', 'web-9'])
    expect(code).toBe(1)
    expect(stderr).toContain('hint: kontena node list --grid prod')
  })
})
