import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Lab, openLab } from '../loop/lab.ts'
import { runCli } from '../run-cli.ts'

const enter = '\r'

let lab: Lab

beforeAll(async () => {
  lab = await openLab({ agents: 'shared' })
})
afterEach(() => vi.unstubAllEnvs())
afterAll(() => lab.close())

type Keys = readonly (readonly [shows: string, press: string])[]

/** Types a command at a terminal, where the environment says nothing of `without`. */
function type(argv: readonly string[], keys: Keys, without: readonly string[] = []) {
  const given = Object.entries(lab.environment).filter(([name]) => !without.includes(name))
  const env = Object.fromEntries(given)
  // Providers read where their cloud is from the process itself.
  for (const name of Object.keys(lab.environment)) vi.stubEnv(name, env[name])
  return runCli([...argv, '--no-color'], {
    env,
    isTTY: true,
    columns: 120,
    userHome: lab.folder,
    keys,
  })
}

const create = ['digitalocean', 'node', 'create', 'web', '--label', 'note=$HOME']

describe('a person at a terminal', () => {
  it('chooses region and size from the cloud, and is shown the command for the next time', async () => {
    const keys: Keys = [
      ['Region (--region)', enter],
      ['Size (--size)', enter],
      ['Operating system (--image)', enter],
      ['(--vpc)', enter],
    ]
    const argv = [...create, '--dry-run']
    const { code, stdout, stderr } = await type(argv, keys, ['DIGITALOCEAN_REGION'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /Next time: kontena digitalocean node create web --label 'note=\$HOME' --dry-run --region [a-z]{3}\d --size s-1vcpu-2gb --image ubuntu-24\.04 --yes$/m,
    )
    expect(stdout).toContain('Plan for grid lab: 1 on DigitalOcean')
  })

  it('chooses on AWS too, though no region is set to ask it in', async () => {
    const keys: Keys = [
      ['Region (--region)', enter],
      ['Instance type (--type)', enter],
      ['Operating system; its newest image is used (--image)', enter],
      ['(--vpc-id)', enter],
    ]
    const argv = ['aws', 'node', 'create', 'web', '--key-pair', 'k', '--dry-run']
    const { stdout, stderr } = await type(argv, keys, ['AWS_REGION'])
    expect(stdout).toMatch(/--region [a-z]+-[a-z]+-\d --type t3\.small --image ubuntu-24\.04/)
    expect(stdout).toContain('t3.small (2 vCPU, 2 GiB)')
    // What was typed is not asked for again, and is found to be wrong where it is looked for.
    expect(stderr).toContain('key pair k does not exist in this region')
  })

  it('types the token that is missing, which the shown command leaves out', async () => {
    const token = lab.environment.DIGITALOCEAN_ACCESS_TOKEN ?? ''
    const keys: Keys = [
      ['DIGITALOCEAN_ACCESS_TOKEN)', `${token}${enter}`],
      ['Size (--size)', enter],
      ['Operating system (--image)', enter],
      ['(--vpc)', enter],
    ]
    const argv = [...create, '--dry-run']
    const { code, stdout } = await type(argv, keys, ['DIGITALOCEAN_ACCESS_TOKEN'])
    expect(code).toBe(0)
    expect(stdout).toContain('Next time (with DIGITALOCEAN_ACCESS_TOKEN): kontena digitalocean')
    expect(stdout).not.toContain(token)
  })

  it('leaves with Ctrl-C, and nothing was done', async () => {
    const before = lab.sandbox.calls.all().length
    const { code, stderr } = await type(create, [['Size (--size)', '\u0003']])
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: ' [error] interrupted; nothing was done\n',
    })
    const after = lab.sandbox.calls.all().slice(before)
    expect(after.filter(({ action }) => /create|delete/i.test(action))).toEqual([])
    expect(await lab.master.nodes(lab.grid)).toEqual([])
  })

  it('is asked nothing with --yes', async () => {
    const { code, stdout } = await type([...create, '--dry-run', '-y'], [])
    expect(code).toBe(0)
    expect(stdout).not.toContain('Next time')
    expect(stdout).toContain('s-1vcpu-2gb')
  })

  it('is not asked before a master is found', async () => {
    const { code, stdout, stderr } = await type([...create, '--grid', 'nope'], [])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('master lab has no grid nope')
  })
})

describe('nodes without a name', () => {
  it('are offered to a person, the latest first, and taken away once confirmed', async () => {
    const made = await lab.kontena(['digitalocean', 'node', 'create', 'web', '--count', '2'])
    expect(made).toMatchObject({ exitCode: 0 })
    await lab.master.createNode(lab.grid, { name: 'byhand' })

    const restart = await type(['digitalocean', 'node', 'restart'], [['Which node?', enter]])
    expect(restart).toMatchObject({ code: 0 })
    expect(restart.stdout).toContain('Restarted web-2')

    const keys: Keys = [['Which nodes?', ` \u001b[B ${enter}`]]
    const terminate = ['digitalocean', 'node', 'terminate', '--force']
    const { code, stdout } = await type(terminate, keys)
    expect(code).toBe(0)
    expect(stdout).toContain('initial node')
    expect(stdout).toContain('Terminated web-2, web-1')
    expect(stdout).not.toContain('byhand')

    const none = await type(terminate, [])
    expect(none.code).toBe(1)
    expect(none.stderr).toContain('grid lab has no nodes with the label provider=digitalocean')
  }, 60_000)
})
