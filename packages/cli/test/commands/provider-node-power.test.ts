import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runCli } from '../run-cli.ts'
import { type LabNode, openSshLab, type SshLab } from '../ssh/ssh-lab.ts'
import { installTiny, type TinyProvider } from '../ssh/tiny-provider.ts'

let lab: SshLab
let tiny: TinyProvider
let node: LabNode

const machine = { provider: 'tiny', account: 'acme', region: 'here' }

beforeAll(async () => {
  lab = await openSshLab()
  tiny = await installTiny(lab.test.folder)
  node = await lab.addNode('web-1', { machine: { ...machine, id: 't-1' } })
  await lab.addNode('web-2', { machine: { ...machine, id: 't-2' } })
  await lab.test.client.updateNode('prod', 'web-1', { labels: ['provider=tiny'] })
})
beforeEach(() => tiny.write({ machines: machines('running', 'running'), logins: {}, calls: [] }))
afterAll(() => lab.close())

function machines(...states: string[]) {
  return states.map((state, index) => ({ id: `t-${index + 1}`, name: `web-${index + 1}`, state }))
}

const kontena = (...words: string[]) => lab.kontena(['tiny', 'node', ...words], { env: tiny.env })

describe('node stop', () => {
  it('stops machines, tells how they get on, and leaves their nodes as they were', async () => {
    const before = await lab.test.client.nodes('prod')
    const result = await kontena('stop', 'web-1', 'web-2')
    expect(result).toMatchObject({ exitCode: 0, stderr: '' })
    expect(result.stdout).toMatchInlineSnapshot(`
      "web-1: stopping (here, t-1)
      web-2: stopping (here, t-2)
      web-1: stopped (here, t-1)
      web-2: stopped (here, t-2)
      Stopped web-1, web-2"
    `)
    expect(await tiny.read()).toMatchObject({ machines: machines('stopped', 'stopped') })
    const after = await lab.test.client.nodes('prod')
    const view = (nodes: typeof after) =>
      nodes.map(({ name, availability }) => [name, availability])
    expect(view(after)).toEqual(view(before))
  })

  it('is done where they are stopped already', async () => {
    await tiny.write({ machines: machines('stopped', 'running'), logins: {}, calls: [] })
    expect(await kontena('stop', 'web-1')).toMatchObject({ exitCode: 0, stdout: 'Stopped web-1' })
    expect(await tiny.read()).toMatchObject({ calls: [] })
  })

  it('shows in the list', async () => {
    await kontena('stop', 'web-2')
    const { stdout } = await kontena('list')
    expect(stdout).toMatch(/^web-1 +online +t-1 +running /m)
    expect(stdout).toMatch(/^web-2 +online +t-2 +stopped /m)
  })

  it('tells events as JSON, one a line', async () => {
    const { exitCode, stdout } = await kontena('stop', '--json', 'web-1')
    expect(exitCode).toBe(0)
    expect(stdout.split('\n').map((line) => JSON.parse(line))).toMatchObject([
      { type: 'node', name: 'web-1', phase: 'stopping', machine: 't-1' },
      { type: 'node', name: 'web-1', phase: 'stopped', machine: 't-1' },
    ])
  })

  it.each([
    [['stop'], 2, "ERROR: parameter 'NAME': no value provided"],
    [['stop', 'web-9'], 1, ' [error] grid prod has no node named web-9'],
    [['stop', 'web-1', '--timeout', '0s'], 2, ' [error] --timeout 0s leaves no time'],
    [['restart', 'web-1'], 2, "ERROR: No such sub-command 'restart'"],
  ])('refuses %j', async (words, exitCode, message) => {
    const result = await kontena(...words)
    expect(result).toMatchObject({ exitCode, stdout: '' })
    expect(result.stderr.split('\n')[0]).toBe(message)
  })

  it('names a machine that is gone', async () => {
    await tiny.write({ machines: machines('running').slice(1), logins: {}, calls: [] })
    const { exitCode, stderr } = await kontena('stop', 'web-1')
    expect(exitCode).toBe(1)
    expect(stderr).toBe(
      ' [error] the machine of web-1 is gone\n' +
        'hint: remove its record with: kontena tiny node terminate web-1',
    )
  })
})

describe('node start', () => {
  it('starts machines and waits until their agents are back', async () => {
    await tiny.write({ machines: machines('stopped', 'running'), logins: {}, calls: [] })
    const starting = kontena('start', 'web-1')
    const seen: string[] = []
    for await (const line of starting) {
      seen.push(line)
      if (line.startsWith('web-1: running')) await node.reboot()
    }
    expect(await starting).toMatchObject({ exitCode: 0 })
    expect(seen).toEqual([
      'web-1: starting (here, t-1)',
      'web-1: running (here, t-1)',
      'web-1: online',
      'Started web-1',
    ])
  })

  it('names those that do not come back', async () => {
    await tiny.write({ machines: machines('stopped', 'running'), logins: {}, calls: [] })
    const { exitCode, stderr } = await kontena('start', 'web-1', '--timeout', '1s')
    expect(exitCode).toBe(1)
    expect(stderr).toContain(' [error] waited in vain for web-1 to be online again')
  })
})

it.each(['start', 'stop'])('node %s is no command of a provider that cannot', async (change) => {
  const { code, stderr } = await runCli(['aws', 'node', change, 'web-1'])
  expect(code).toBe(2)
  expect(stderr).toContain(`No such sub-command '${change}'`)
})

describe('node create --instances', () => {
  it.each([
    [['--instances', '0'], ' [error] --count 0: must be 1 or more'],
    [['--instances', 'x'], ' [error] --count x: must be a whole number'],
    [
      ['--instances', '2', '--count', '3'],
      "ERROR: option '--instances <N>' cannot be used with option '--count <N>'",
    ],
  ])('is the --count of 1.5: %j', async (flags, message) => {
    const { code, stderr } = await runCli(['digitalocean', 'node', 'create', 'web', ...flags])
    expect(code).toBe(2)
    expect(stderr.split('\n')[0]).toBe(message)
  })

  it('is not in the help', async () => {
    const { stdout } = await runCli(['digitalocean', 'node', 'create', '--help'])
    expect(stdout).toContain('--count')
    expect(stdout).not.toContain('--instances')
  })
})
