import { stat } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
})
afterAll(() => lab.close())
beforeEach(async () => {
  for (const grid of await lab.client.grids()) await lab.client.removeGrid(grid.name)
  await lab.writeConfig({})
})

describe('grid create', () => {
  it('creates the grid, selects it and says so in plain lines', async () => {
    const { code, stdout } = await lab.run(['grid', 'create', 'prod', '--initial-size', '3'])
    expect(code).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "* Creating prod grid..
      * Creating prod grid.. done
      * Switching scope to prod grid..
      * Switching scope to prod grid.. done
      "
    `)
    expect(await lab.client.grid('prod')).toMatchObject({ initial_size: 3 })
    expect(await lab.config()).toMatchObject({ servers: [{ grid: 'prod' }] })
  })

  it('warns of a grid that one node can take down', async () => {
    const { stderr } = await lab.run(['grid', 'create', 'prod'])
    expect(stderr).toContain('[warn] Option --initial-size=1')
  })

  it('sends what flags say', async () => {
    await lab.run([
      ...['grid', 'create', 'prod', '--initial-size', '3', '--token', 'grid-token'],
      ...['--subnet', '10.82.0.0/16', '--supernet', '10.80.0.0/12'],
      ...['--trusted-subnet', '192.168.0.0/24', '--trusted-subnet', '10.0.0.0/8'],
      ...['--default-affinity', 'label!=db'],
    ])
    expect(await lab.client.grid('prod')).toMatchObject({
      token: 'grid-token',
      subnet: '10.82.0.0/16',
      trusted_subnets: ['192.168.0.0/24', '10.0.0.0/8'],
      default_affinity: ['label!=db'],
    })
  })

  it('writes the configuration for its owner alone', async () => {
    await lab.run(['grid', 'create', 'prod'])
    expect((await stat(lab.configFile)).mode & 0o777).toBe(0o600)
  })

  it.each([
    [['--initial-size', '8'], '--initial-size 8: must be 7 or less'],
    [['--initial-size', 'x'], '--initial-size x: must be a number'],
  ])('refuses %j', async (flags, message) => {
    expect(await lab.run(['grid', 'create', 'prod', ...flags])).toMatchObject({
      code: 2,
      stderr: ` [error] ${message}\nhint: see: kontena grid create --help\n`,
    })
  })

  it.each(['a', 'a b', 'ä-grid'])('refuses the name %j', async (name) => {
    const { code, stderr } = await lab.run(['grid', 'create', name])
    expect(code).toBe(2)
    expect(stderr).toContain(`NAME ${name}: `)
  })

  it('says in the words of the master what is wrong', async () => {
    await lab.run(['grid', 'create', 'prod'])
    const { code, stdout, stderr } = await lab.run(['grid', 'create', 'prod', '--silent'])
    expect(code).toBe(2)
    expect(stdout).toContain('* Creating prod grid.. fail')
    expect(stderr).toBe(' [error] Grid with name prod already exists\n')
  })

  it('prints the grid as one JSON object, without its token', async () => {
    const { stdout } = await lab.run(['grid', 'create', 'prod', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ name: 'prod' })
    expect(JSON.parse(stdout)).not.toHaveProperty('token')
  })

  it('keeps nothing while KONTENA_URL says which master is meant', async () => {
    const env = { KONTENA_URL: `${lab.master.url}/` }
    expect(await lab.run(['grid', 'create', 'prod'], { env })).toMatchObject({ code: 0 })
    expect((await lab.config()).servers).toEqual([expect.not.objectContaining({ grid: 'prod' })])
  })
})

describe('grid list', () => {
  it('marks the selected grid', async () => {
    await lab.run(['grid', 'create', 'other'])
    await lab.run(['grid', 'create', 'prod'])
    const { stdout } = await lab.run(['grid', 'ls'])
    expect(stdout).toMatchInlineSnapshot(`
      "NAME    NODES  SERVICES  USERS
      other   0      0         1
      prod *  0      0         1
      "
    `)
  })

  it('prints names alone when quiet', async () => {
    await lab.run(['grid', 'create', 'prod'])
    expect((await lab.run(['grid', 'list', '-q'])).stdout).toBe('prod\n')
  })

  it('says what to do where there are none', async () => {
    expect(await lab.run(['grid', 'list'])).toEqual({
      code: 0,
      stdout: 'NAME  NODES  SERVICES  USERS\n',
      stderr:
        ' [warn] There are no grids that this user sees\n' +
        'hint: make one: kontena grid create NAME; or be let into one: kontena grid user add EMAIL\n',
    })
  })

  it('never shows tokens, also not as JSON', async () => {
    await lab.run(['grid', 'create', 'prod', '--token', 'grid-token'])
    const { stdout } = await lab.run(['grid', 'list', '--json'])
    expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ name: 'prod' })])
    expect(stdout).not.toContain('grid-token')
  })
})

describe('grid show', () => {
  beforeEach(async () => {
    await lab.client.createGrid({ name: 'prod', token: 'grid-token', initial_size: 3 })
  })

  it('shows the selected grid, without its token', async () => {
    await lab.writeConfig({ grid: 'prod' })
    const { stdout } = await lab.run(['grid', 'show'])
    expect(stdout.replace(lab.master.url.slice('http'.length), '://HOST')).toMatchInlineSnapshot(`
      "prod:
        uri: ws://HOST
        initial_size: 3
        subnet: 10.81.0.0/16
        supernet: 10.80.0.0/12
        stats:
          nodes: 0 of 0
          cpus: 0
          users: 1
          services: 0
          containers: 0
      "
    `)
  })

  it('prints only the token where it is asked for', async () => {
    expect((await lab.run(['grid', 'show', 'prod', '--token'])).stdout).toBe('grid-token\n')
  })

  it('leaves the token out of the JSON', async () => {
    const { stdout } = await lab.run(['grid', 'show', 'prod', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ name: 'prod', initial_size: 3 })
    expect(stdout).not.toContain('grid-token')
  })

  it('names the grids there are when there is none of that name', async () => {
    expect(await lab.run(['grid', 'show', 'pord'])).toEqual({
      code: 1,
      stdout: '',
      stderr: ' [error] master test has no grid pord\nhint: its grids: prod\n',
    })
  })

  it('asks for a grid where none is selected', async () => {
    const { code, stderr } = await lab.run(['grid', 'show'])
    expect(code).toBe(2)
    expect(stderr).toContain('You have not selected a grid')
  })
})

describe('grid use', () => {
  beforeEach(async () => {
    await lab.client.createGrid({ name: 'prod' })
  })

  it('selects a grid', async () => {
    expect(await lab.run(['grid', 'use', 'prod'])).toMatchObject({
      code: 0,
      stdout: 'Using grid: prod\n',
    })
    expect(await lab.config()).toMatchObject({ servers: [{ grid: 'prod' }] })
  })

  it('selects no grid that does not exist', async () => {
    expect(await lab.run(['grid', 'use', 'nope'])).toMatchObject({ code: 1 })
    expect((await lab.config()).servers).toEqual([expect.not.objectContaining({ grid: 'nope' })])
  })

  it('says how to select one while KONTENA_URL is set', async () => {
    const env = { KONTENA_URL: lab.master.url }
    const { code, stderr } = await lab.run(['grid', 'use', 'prod'], { env })
    expect(code).toBe(2)
    expect(stderr).toContain('export KONTENA_GRID=prod')
  })
})

describe('grid env', () => {
  beforeEach(async () => {
    await lab.client.createGrid({ name: 'prod', token: 'a+b/c==' })
  })

  it('prints what an agent needs, as an env file', async () => {
    const { stdout } = await lab.run(['grid', 'env', 'prod'])
    expect(stdout).toBe(
      `KONTENA_URI=${lab.master.url.replace('http', 'ws')}\nKONTENA_TOKEN=a+b/c==\n`,
    )
  })

  it('writes lines for a shell with -e', async () => {
    const { stdout } = await lab.run(['grid', 'env', '-e'], { env: { KONTENA_GRID: 'prod' } })
    expect(stdout).toContain('export KONTENA_TOKEN=a+b/c==\n')
  })
})

describe('grid cloud-config', () => {
  it('prints a document that holds the token and where the master is', async () => {
    await lab.client.createGrid({ name: 'prod', token: 'grid-token' })
    const { code, stdout } = await lab.run(['grid', 'cloud-config', 'prod'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^#cloud-config\n/m)
    const files = [...stdout.matchAll(/content: '([A-Za-z0-9+/=]+)'/g)].map(([, text = '']) =>
      Buffer.from(text, 'base64').toString(),
    )
    expect(files).toContain(
      `KONTENA_URI=${lab.master.url.replace('http', 'ws')}\nKONTENA_TOKEN=grid-token\n`,
    )
  })

  it('sets up what the options of 1.5 name', async () => {
    await lab.client.createGrid({ name: 'prod' })
    const flags = ['--dns', '1.1.1.1', '--peer-interface', 'eth1', '--version', 'latest']
    const more = ['--default-interface-match', 'eth*', '--docker-bip', '172.17.43.1/16']
    const { code, stdout } = await lab.run([
      ...['grid', 'cloud-config', 'prod', '--json'],
      ...[...flags, ...more],
    ])
    expect(code).toBe(0)
    const { cloud_config: document } = JSON.parse(stdout)
    expect(document).toContain('"bip": "172.17.43.1/16"')
    expect(document).toContain('path: /etc/systemd/network/zz-default.network')
    expect(document).toContain('path: /etc/systemd/resolved.conf.d/kontena.conf')
    const files = [...document.matchAll(/content: '([A-Za-z0-9+/=]+)'/g)].map(([, text = '']) =>
      Buffer.from(text, 'base64').toString(),
    )
    expect(files.join()).toContain('KONTENA_PEER_INTERFACE=eth1\n')
  })

  it.each([
    ['--version', '1.5.4', 'agents follow their master, which is of version'],
    ['--docker-bip', '172.17.43.1', 'is not an address with its range'],
    ['--default-interface-match', 'a b', 'matches no interface'],
    ['--dns', 'one.one', 'is not an address'],
  ])('refuses %s %s', async (flag, value, why) => {
    await lab.client.createGrid({ name: 'prod' })
    const { code, stderr } = await lab.run(['grid', 'cloud-config', 'prod', flag, value])
    expect(code).toBe(2)
    expect(stderr).toContain(why)
  })

  it('refuses two ways to run the agent', async () => {
    const flags = ['--agent-image', 'a', '--agent-runtime', 'b']
    expect(await lab.run(['grid', 'cloud-config', 'prod', ...flags])).toMatchObject({ code: 2 })
  })
})

describe('grid rm', () => {
  beforeEach(async () => {
    await lab.client.createGrid({ name: 'prod' })
    await lab.writeConfig({ grid: 'prod' })
  })

  it('removes a grid whose name was typed, and selects it no more', async () => {
    const { code, stdout } = await lab.run(['grid', 'rm', 'prod'], {
      isTTY: true,
      input: ['prod'],
      env: { NO_COLOR: '1' },
    })
    expect(code).toBe(0)
    expect(stdout).toContain('Destructive command. To proceed, type "prod" or re-run')
    expect(await lab.client.grids()).toEqual([])
    expect(await lab.config()).toMatchObject({ servers: [{ grid: null }] })
  })

  it.each([[['other']], [['']], [[]]])('removes nothing when %j was typed', async (input) => {
    const { code, stderr } = await lab.run(['grid', 'rm', 'prod'], { isTTY: true, input })
    expect(code).toBe(1)
    expect(stderr).toContain('Confirmation did not match prod')
    expect(await lab.client.grids()).toHaveLength(1)
  })

  it('removes nothing without a terminal unless it is told to', async () => {
    expect(await lab.run(['grid', 'rm', 'prod'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Command requires --force'),
    })
    expect(await lab.run(['grid', 'rm', 'prod', '--force'])).toMatchObject({ code: 0 })
  })

  it('leaves a grid alone that has nodes', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const stderr =
      ' [error] Grid has nodes: 1 in prod\nhint: see them with: kontena node list --grid prod\n'
    const argv = ['grid', 'rm', 'prod']
    expect(await lab.run([...argv, '--force'])).toMatchObject({ code: 2, stderr })
    // Nobody is asked for what cannot be.
    const asked = await lab.run(argv, { isTTY: true, input: [] })
    expect(asked).toMatchObject({ code: 2, stdout: '' })
    expect(asked.stderr).toContain('Grid has nodes: 1 in prod')
    await lab.client.removeNode('prod', 'web-1')
  })
})
