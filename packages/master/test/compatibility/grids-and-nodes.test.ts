import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../fixtures/test-agent.ts'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'
import { type LegacyCli, legacyCli } from './legacy-cli.ts'

let master: TestMaster
let url: string
let cli: LegacyCli

beforeEach(async () => {
  master = await testMaster()
  url = await master.app.listen({ host: '127.0.0.1', port: 0 })
  cli = legacyCli(url, master.admin)
})
afterEach(() => master.close())

const text = expect.any(String)
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

/** All that commands of 1.5 read of a grid. */
const grid = {
  id: 'prod',
  name: 'prod',
  token: expect.stringMatching(/^[A-Za-z0-9+/]{86}==$/),
  initial_size: 3,
  stats: { statsd: null },
  default_affinity: [],
  trusted_subnets: [],
  node_count: 0,
  service_count: 0,
  container_count: 0,
  user_count: 1,
  subnet: '10.81.0.0/16',
  supernet: '10.80.0.0/12',
}

const createGrid = () => cli.post('grids', { name: 'prod', initial_size: 3 })

describe('the CLI of 1.5', () => {
  it('creates, lists and shows grids', async () => {
    expect(await createGrid()).toEqual(grid)
    expect(cli.last).toMatchObject({ status: 201, headers: { 'x-kontena-version': '2.0.0' } })
    expect(await cli.get('grids')).toEqual({ grids: [grid] })
    expect(await cli.get('grids/prod')).toEqual(grid)
  })

  it('creates grids with all that its flags say', async () => {
    const wanted = {
      name: 'prod',
      initial_size: 1,
      token: 'my-token',
      subnet: '10.82.0.0/16',
      supernet: '10.80.0.0/12',
      default_affinity: ['label!=db'],
      stats: { statsd: { server: '10.0.0.9', port: '8125' } },
      logs: { forwarder: 'fluentd', opts: { 'fluentd-address': '10.0.0.9:24224' } },
    }
    expect(await cli.post('grids', wanted)).toMatchObject({
      ...wanted,
      stats: { statsd: { server: '10.0.0.9', port: 8125 } },
    })
  })

  it('updates grids', async () => {
    await createGrid()
    await cli.put('grids/prod', { stats: { statsd: { server: 'stats', port: '8125' } } })
    await cli.put('grids/prod', { default_affinity: ['a', 'b'] })
    const logs = { forwarder: 'fluentd', opts: { 'fluentd-address': 'h:24224' } }
    expect(await cli.put('grids/prod', { logs })).toMatchObject({
      default_affinity: ['a', 'b'],
      stats: { statsd: { server: 'stats', port: 8125 } },
      logs,
    })
    await cli.put('grids/prod', { logs: { forwarder: 'none' }, stats: { statsd: null } })
    expect(await cli.put('grids/prod', { default_affinity: [] })).toEqual(grid)
  })

  it('adds and removes trusted subnets, which it reads and writes as one list', async () => {
    await createGrid()
    const subnets = async () => Object(await cli.get('grids/prod')).trusted_subnets
    await cli.put('grids/prod', { trusted_subnets: [...(await subnets()), '192.168.0.0/24'] })
    await cli.put('grids/prod', { trusted_subnets: [...(await subnets()), '10.0.0.0/8'] })
    expect(await subnets()).toEqual(['192.168.0.0/24', '10.0.0.0/8'])
    await cli.put('grids/prod', { trusted_subnets: [] })
    expect(await subnets()).toEqual([])
  })

  it('gives users access to grids, and takes it back', async () => {
    await createGrid()
    await master.loginAs('jo@example.com', [])
    const jo = { id: text, email: 'jo@example.com', name: null, roles: [] }
    const admin = expect.objectContaining({ email: 'admin' })
    expect(await cli.post('grids/prod/users', { email: jo.email })).toEqual({ users: [admin, jo] })
    expect(await cli.get('grids/prod/users')).toEqual({ users: [admin, jo] })
    expect(await cli.delete(`grids/prod/users/${jo.email}`)).toEqual({ users: [admin] })
  })

  it('removes grids', async () => {
    await createGrid()
    expect(await cli.delete('grids/prod')).toEqual({})
    expect(await cli.get('grids')).toEqual({ grids: [] })
  })

  it('shows what the master refuses', async () => {
    await createGrid()
    await cli.post('grids/prod/nodes', { name: 'web-1' })
    await expect(cli.get('grids/nope')).rejects.toMatchObject({
      status: 404,
      body: { error: 'Not found' },
    })
    await expect(cli.delete('grids/prod')).rejects.toMatchObject({
      status: 422,
      body: { error: { grid: 'Grid has nodes' } },
    })
    await expect(cli.post('grids', { name: 'a b' })).rejects.toMatchObject({
      status: 422,
      body: { error: { name: "Name isn't in the right format" } },
    })
    await expect(cli.get('nodes/prod/nobody')).rejects.toMatchObject({ status: 404 })
  })
})

/** All that commands of 1.5 read of a node whose agent has not come yet. */
const created = {
  id: 'prod/web-1',
  node_id: null,
  name: 'web-1',
  connected: false,
  updated: false,
  availability: 'active',
  status: 'created',
  has_token: true,
  created_at: time,
  updated_at: time,
  connected_at: null,
  last_seen_at: null,
  disconnected_at: null,
  os: null,
  engine_root_dir: null,
  driver: null,
  network_drivers: [],
  volume_drivers: [],
  kernel_version: null,
  labels: ['az=a'],
  mem_total: null,
  mem_limit: null,
  cpus: null,
  public_ip: null,
  private_ip: null,
  overlay_ip: expect.stringMatching(/^10\.81\.0\.\d+$/),
  agent_version: null,
  docker_version: null,
  node_number: expect.any(Number),
  initial_member: expect.any(Boolean),
  grid: {
    id: 'prod',
    name: 'prod',
    initial_size: 3,
    token: text,
    stats: { statsd: null },
    trusted_subnets: [],
    subnet: '10.81.0.0/16',
    supernet: '10.80.0.0/12',
  },
  resource_usage: {},
}

describe('the CLI of 1.5, of nodes,', () => {
  beforeEach(createGrid)

  const node = 'nodes/prod/web-1'
  const createNode = () =>
    cli.post('grids/prod/nodes', { name: 'web-1', token: null, labels: ['az=a'] })

  it('creates, lists and shows them', async () => {
    expect(await createNode()).toMatchObject(created)
    expect(await cli.get('grids/prod/nodes')).toMatchObject({ nodes: [created] })
    expect(await cli.get(node)).toMatchObject({ ...created, peer_ips: [] })
  })

  it('shows what an agent says of its host', async () => {
    await createNode()
    const { token } = await cli.get(`${node}/token`)
    const agent = await connect(url.replace('http', 'ws'), { 'Kontena-Node-Token': String(token) })
    const info = {
      OperatingSystem: 'Ubuntu 16.04.3 LTS',
      DockerRootDir: '/var/lib/docker',
      Driver: 'overlay2',
      KernelVersion: '4.4.0-97-generic',
      MemTotal: 1_045_032_960,
      NCPU: 2,
      ServerVersion: '17.06.2-ce',
      PublicIp: '203.0.113.7',
      PrivateIp: '10.19.0.5',
      AgentVersion: '2.0.0',
      Drivers: { Volume: [{ name: 'local' }], Network: [{ name: 'bridge', version: '1' }] },
    }
    await agent.call('/nodes/update', 'AAAA:BBBB', info)
    const online = {
      node_id: 'AAAA:BBBB',
      connected: true,
      updated: true,
      status: 'online',
      connected_at: time,
      last_seen_at: time,
      agent_version: '2.0.0',
      docker_version: '17.06.2-ce',
      os: 'Ubuntu 16.04.3 LTS',
      engine_root_dir: '/var/lib/docker',
      kernel_version: '4.4.0-97-generic',
      driver: 'overlay2',
      volume_drivers: [{ name: 'local' }],
      network_drivers: [{ name: 'bridge', version: '1' }],
      mem_total: 1_045_032_960,
      mem_limit: 0,
      cpus: 2,
      public_ip: '203.0.113.7',
      private_ip: '10.19.0.5',
    }
    expect(await cli.get(node)).toMatchObject(online)
    expect(await cli.get('nodes/prod/AAAA:BBBB')).toMatchObject(online)
    await agent.leave()
  })

  it('changes labels as a list, and what may run', async () => {
    const { id, labels } = await createNode()
    expect(await cli.put(`nodes/${id}`, { labels: [...Object(labels), 'x'] })).toMatchObject({
      labels: ['az=a', 'x'],
    })
    expect(await cli.put(node, { labels: [], availability: 'drain' })).toMatchObject({
      labels: [],
      availability: 'drain',
    })
  })

  it('reads, resets and clears tokens', async () => {
    await createNode()
    const before = await cli.get(`${node}/token`)
    expect(before).toEqual({ id: 'prod/web-1', token: text })
    const after = await cli.put(`${node}/token`, { token: null, reset_connection: true })
    expect(after).toEqual({ id: 'prod/web-1', token: text })
    expect(after.token).not.toBe(before.token)
    expect(await cli.delete(`${node}/token`, { reset_connection: true })).toEqual({})
    await expect(cli.get(`${node}/token`)).rejects.toMatchObject({
      status: 404,
      body: { error: 'Host node does not have a node token' },
    })
  })

  it('is told why nobody can ask a node how it is', async () => {
    await createNode()
    await expect(cli.get(`${node}/health`)).rejects.toMatchObject({
      status: 422,
      body: { error: { connection: 'Websocket is not connected' } },
    })
  })

  it('removes them', async () => {
    await createNode()
    expect(await cli.delete(node)).toEqual({})
    expect(await cli.get('grids/prod/nodes')).toEqual({ nodes: [] })
  })

  it('finds a machine that joined with the token of the grid, as plug-ins did, and labels it', async () => {
    const { token } = await cli.get('grids/prod')
    const agent = await connect(url.replace('http', 'ws'), {
      'Kontena-Grid-Token': String(token),
      'Kontena-Node-Name': 'web-7',
    })
    await agent.next('/agent/node_info')
    const { nodes } = await cli.get('grids/prod/nodes')
    const [found] = Object(nodes)
    expect(found).toMatchObject({ name: 'web-7', connected: true, grid: { token } })
    const headers = { 'Kontena-Grid-Token': String(token) }
    await cli.put(`nodes/${found.id}`, { labels: ['provider=aws'] }, { headers })
    const call = { headers, guest: true }
    expect(await cli.get(`nodes/${found.node_id}`, call)).toMatchObject({
      labels: ['provider=aws'],
    })
    await agent.leave()
  })
})
