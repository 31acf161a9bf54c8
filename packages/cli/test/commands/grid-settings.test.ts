import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
})
afterAll(() => lab.close())
beforeEach(async () => {
  for (const grid of await lab.client.grids()) await lab.client.removeGrid(grid.name)
  await lab.client.createGrid({ name: 'prod', token: 'grid-token', initial_size: 3 })
  await lab.writeConfig({ grid: 'prod' })
})

const silent = { code: 0, stdout: '', stderr: '' }
const grid = () => lab.client.grid('prod')

describe('grid create', () => {
  it('takes where statistics and logs go', async () => {
    const argv = ['grid', 'create', 'logged', '--initial-size', '3', '--statsd-server', 'stats']
    const log = ['--log-forwarder', 'fluentd', '--log-opt', 'fluentd-address=logs:24224']
    expect(await lab.run([...argv, ...log])).toMatchObject({ code: 0 })
    expect(await lab.client.grid('logged')).toMatchObject({
      stats: { statsd: { server: 'stats', port: 8125 } },
      logs: { forwarder: 'fluentd', opts: { 'fluentd-address': 'logs:24224' } },
    })
  })
})

describe('grid update', () => {
  const update = (...flags: string[]) => lab.run(['grid', 'update', 'prod', ...flags])

  it('changes what is named, leaves the rest, and says nothing', async () => {
    expect(await update('--default-affinity', 'label!=db', '--default-affinity', 'x')).toEqual(
      silent,
    )
    expect(await update('--statsd-server', '10.0.0.9:9125')).toEqual(silent)
    expect(await grid()).toMatchObject({
      default_affinity: ['label!=db', 'x'],
      stats: { statsd: { server: '10.0.0.9', port: 9125 } },
      initial_size: 3,
    })
  })

  it('takes each setting back', async () => {
    const log = ['--log-forwarder', 'fluentd', '--log-opt', 'fluentd-address=h:1']
    await update(
      '--default-affinity',
      'x',
      '--statsd-server',
      'stats',
      ...log,
      '--log-opt',
      'a=b=c',
    )
    expect((await grid()).logs?.opts).toEqual({ 'fluentd-address': 'h:1', a: 'b=c' })
    expect(
      await update('--no-default-affinity', '--no-statsd-server', '--no-log-forwarder'),
    ).toEqual(silent)
    const { default_affinity, stats, logs } = await grid()
    expect({ default_affinity, stats, logs }).toEqual({
      default_affinity: [],
      stats: { statsd: null },
      logs: undefined,
    })
  })

  it('takes affinities anew that it was to forget', async () => {
    await update('--default-affinity', 'old')
    await update('--no-default-affinity', '--default-affinity', 'new')
    expect(await grid()).toMatchObject({ default_affinity: ['new'] })
  })

  it('prints the grid as JSON, without its token', async () => {
    const { stdout } = await update('--default-affinity', 'x', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ name: 'prod', default_affinity: ['x'] })
    expect(stdout).not.toContain('grid-token')
  })

  it.each([
    [[], 'nothing is to be changed'],
    [['--statsd-server', 'a:b'], '--statsd-server a:b: must be HOST or HOST:PORT'],
    [['--statsd-server', 'a:70000'], '--statsd-server a:70000: must be HOST or HOST:PORT'],
    [['--log-opt', 'a=b'], '--log-opt needs --log-forwarder'],
    [['--log-forwarder', 'syslog'], '--log-forwarder syslog: must be fluentd or none'],
    [['--log-forwarder', 'fluentd', '--log-opt', 'a'], '--log-opt a: must be KEY=VALUE'],
    [['--log-forwarder', 'fluentd'], 'fluentd-address option must be given'],
  ])('refuses %j', async (flags, message) => {
    const before = await grid()
    const { code, stderr } = await update(...flags)
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(` [error] ${message}\n`),
    })
    expect(await grid()).toEqual(before)
  })

  it('names the grids there are when there is none of that name', async () => {
    const { code, stderr } = await lab.run(['grid', 'update', 'pord', '--statsd-server', 'x'])
    expect(code).toBe(1)
    expect(stderr).toContain('has no grid pord\nhint: its grids: prod\n')
  })
})

describe('grid show', () => {
  it('shows where statistics and logs go, as 1.5 did', async () => {
    const address = { 'fluentd-address': '10.0.0.9:24224' }
    await lab.client.updateGrid('prod', {
      default_affinity: ['label!=db'],
      stats: { statsd: { server: '10.0.0.9', port: 8125 } },
      logs: { forwarder: 'fluentd', opts: address },
    })
    const { stdout } = await lab.run(['grid', 'show'])
    expect(stdout.replace(lab.master.url.slice('http'.length), '://HOST')).toMatchInlineSnapshot(`
      "prod:
        uri: ws://HOST
        initial_size: 3
        default_affinity:
          - label!=db
        subnet: 10.81.0.0/16
        supernet: 10.80.0.0/12
        stats:
          nodes: 0 of 0
          cpus: 0
          users: 1
          services: 0
          containers: 0
        exports:
          statsd: 10.0.0.9:8125
      logs:
        forwarder: fluentd
        fluentd-address: 10.0.0.9:24224
      "
    `)
  })
})

describe('grid current', () => {
  it('shows the selected grid as grid show does', async () => {
    expect(await lab.run(['grid', 'current'])).toEqual(await lab.run(['grid', 'show', 'prod']))
    expect((await lab.run(['grid', 'current', '--json'])).stdout).toContain('"name":"prod"')
  })

  it('prints its name alone', async () => {
    expect(await lab.run(['grid', 'current', '--name'])).toEqual({ ...silent, stdout: 'prod\n' })
    const { stdout } = await lab.run(['grid', 'current', '--name', '--json'])
    expect(JSON.parse(stdout)).toEqual({ name: 'prod' })
  })

  it('says how to select one', async () => {
    await lab.writeConfig({})
    const { code, stderr } = await lab.run(['grid', 'current', '--name'])
    expect(code).toBe(2)
    expect(stderr).toContain('kontena grid use GRID')
  })
})

describe('grid list --use', () => {
  it('selects the first one, as 1.5 did', async () => {
    await lab.writeConfig({})
    expect(await lab.run(['grid', 'list', '-u'])).toEqual({
      ...silent,
      stdout: 'Using grid: prod\n',
    })
    expect(await lab.config()).toMatchObject({ servers: [{ grid: 'prod' }] })
  })
})
