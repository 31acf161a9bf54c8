import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultAgentRuntime, defineProvider } from '@kontena/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseCreate, parsePower, parseTerminate } from '../../src/commands/provider-options.ts'
import { openContext } from '../../src/context.ts'
import { fakeIo } from '../fake-io.ts'

const provider = defineProvider({
  name: 'cloud',
  title: 'Cloud',
  accessOptions: z.object({ region: z.string().default('here') }),
  machineOptions: z.object({ size: z.enum(['small', 'big']).default('small') }),
  limits: { userDataBytes: 16_384, batch: 10 },
  bootstrap: { gzip: false, metadataServices: [] },
  abilities: {
    restart: true,
    stop: false,
    consoleLog: false,
    master: false,
    firewall: { esp: 'cloud' },
    idempotentCreate: false,
  },
  load: () => Promise.reject(new Error('flags are read without the provider')),
})

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kontena-options-'))
})
afterEach(() => rm(folder, { recursive: true }))

function context() {
  return openContext(fakeIo({ cwd: folder }))
}

const key = `ssh-ed25519 ${Buffer.alloc(51, 1).toString('base64')} me@laptop`

describe('parseCreate', () => {
  it('asks for one small machine that anyone may reach by SSH where nothing is said', async () => {
    expect(await parseCreate(provider, {}, context())).toMatchObject({
      access: { region: 'here' },
      machine: { size: 'small' },
      grid: undefined,
      order: {
        name: undefined,
        count: undefined,
        labels: [],
        tags: {},
        ephemeral: false,
        sshKeys: [],
        timeout: 600_000,
        onFailure: 'rollback',
        agent: { runtime: defaultAgentRuntime },
      },
      dryRun: false,
    })
  })

  it('takes all that can be said', async () => {
    await writeFile(join(folder, 'id.pub'), `# mine\n${key}\n\n`)
    await writeFile(join(folder, 'mine.yaml'), '#cloud-config\npackages: [htop]\n')
    const input = await parseCreate(
      provider,
      {
        name: 'web',
        grid: 'prod',
        count: '254',
        label: ['a=b', 'c'],
        tag: ['team=web', 'note=a=b', 'empty='],
        ephemeral: true,
        open: ['443/tcp'],
        sshFrom: ['203.0.113.7'],
        vpnFrom: ['none'],
        overlayFrom: ['192.0.2.0/24', '2001:db8::/32'],
        cloudConfig: 'mine.yaml',
        sshKey: ['id.pub'],
        timeout: '90s',
        onFailure: 'keep',
        agentRuntime: 'node:22',
        dryRun: true,
        region: 'there',
        size: 'big',
      },
      context(),
    )
    expect(input).toMatchObject({
      access: { region: 'there' },
      machine: { size: 'big' },
      grid: 'prod',
      order: {
        name: 'web',
        count: 254,
        labels: ['a=b', 'c'],
        tags: { team: 'web', note: 'a=b', empty: '' },
        ephemeral: true,
        sshKeys: [key],
        timeout: 90_000,
        onFailure: 'keep',
        agent: { runtime: 'node:22' },
        cloudConfig: '#cloud-config\npackages: [htop]\n',
      },
      dryRun: true,
    })
    const rules = input.order.policy.rules.map(({ purpose, from }) => [purpose, from])
    expect(rules).toContainEqual(['ssh', ['203.0.113.7/32']])
    expect(rules).not.toContainEqual(['vpn', expect.anything()])
    expect(rules).toContainEqual(['service', expect.anything()])
    expect(rules).toContainEqual(['overlay', expect.arrayContaining(['192.0.2.0/24'])])
  })

  it.each([
    [{ count: '0' }, '--count 0: must be 1 or more'],
    [{ count: '-1' }, '--count -1: must be 1 or more'],
    [{ count: '1.5' }, '--count 1.5: must be a whole number'],
    [{ count: '2001' }, '--count 2001: must be 2000 or less'],
    [{ count: 'many' }, '--count many: must be a whole number'],
    [{ name: 'Web_1' }, /^NAME Web_1: must be 1 to 63 lower-case/],
    [{ name: 'a'.repeat(64) }, /^NAME a+: must be 1 to 63/],
    [{ label: ['ok', 'a,b'] }, '--label a,b: must be key or key=value without blanks or commas'],
    [{ label: ['a\nb'] }, /^--label a\nb: /],
    [{ tag: ['novalue'] }, '--tag novalue: must be KEY=VALUE'],
    [{ tag: ['=x'] }, '--tag =x: must be KEY=VALUE'],
    [{ tag: ['kontena:grid=other'] }, /tags that begin with kontena: are ours/],
    [{ open: ['0/tcp'] }, '--open 0/tcp is not a port'],
    [{ sshFrom: ['10.0.0.0/33'] }, '10.0.0.0/33 is not an address range'],
    [{ vpnFrom: ['none', '10.0.0.0/8'] }, /^--vpn-from none cannot stand beside/],
    [{ overlayFrom: ['10.0.0.0/33'] }, '10.0.0.0/33 is not an address range'],
    [{ timeout: '0s' }, '--timeout 0s leaves no time'],
    [{ timeout: 'soon' }, '--timeout soon is not a duration'],
    [{ onFailure: 'panic' }, '--on-failure panic: must be one of rollback, keep'],
    [{ agentImage: 'a', agentRuntime: 'b' }, /exclude each other/],
    [{ size: 'huge' }, '--size huge: must be one of small, big'],
  ])('refuses %j', async (flags, message) => {
    await expect(parseCreate(provider, flags, context())).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
  })

  it('reads each key once, from files that hold several', async () => {
    const other = key.replace('me@laptop', 'other')
    await writeFile(join(folder, 'both'), `${key}\r\n${other}\r\n`)
    await writeFile(join(folder, 'one'), key)
    const { order } = await parseCreate(provider, { sshKey: ['both', 'one'] }, context())
    expect(order.sshKeys).toEqual([key, other])
  })

  it.each([
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nabc', 'BAD_OPTIONS', '--ssh-key k is a private key'],
    ['hello', 'BAD_OPTIONS', '--ssh-key k holds no OpenSSH public key'],
    ['', 'BAD_OPTIONS', '--ssh-key k holds no OpenSSH public key'],
    [`command="rm" ${key}`, 'BAD_OPTIONS', '--ssh-key k holds no OpenSSH public key'],
  ])('refuses a key file that holds %j', async (text, code, message) => {
    await writeFile(join(folder, 'k'), text)
    const parsing = parseCreate(provider, { sshKey: ['k'] }, context())
    await expect(parsing).rejects.toMatchObject({ code, message })
  })

  it('reads no cloud-config where none is named, and says why one cannot be read', async () => {
    expect((await parseCreate(provider, {}, context())).order).not.toHaveProperty('cloudConfig')
    const parsing = parseCreate(provider, { cloudConfig: 'missing.yaml' }, context())
    await expect(parsing).rejects.toMatchObject({
      code: 'LOCAL_FILE',
      message: '--cloud-config missing.yaml cannot be read: ENOENT',
    })
  })

  it('says why a key file cannot be read', async () => {
    const parsing = parseCreate(provider, { sshKey: ['missing.pub'] }, context())
    await expect(parsing).rejects.toMatchObject({
      code: 'LOCAL_FILE',
      message: '--ssh-key missing.pub cannot be read: ENOENT',
    })
  })
})

describe('parseTerminate', () => {
  it('drains for no time and asks first where nothing is said', () => {
    expect(parseTerminate(provider, { names: ['a', 'b', 'a'] }, context())).toMatchObject({
      names: ['a', 'b'],
      force: false,
      drainTimeout: 0,
      timeout: 600_000,
      withoutMaster: false,
    })
  })

  it('takes all that can be said', () => {
    const flags = {
      names: ['a'],
      force: true,
      drainTimeout: '2m',
      timeout: '1h',
      withoutMaster: true,
    }
    expect(parseTerminate(provider, flags, context())).toMatchObject({
      force: true,
      drainTimeout: 120_000,
      timeout: 3_600_000,
      withoutMaster: true,
    })
  })

  it('names the duration that is wrong', () => {
    expect(() => parseTerminate(provider, { names: ['a'], drainTimeout: 'x' }, context())).toThrow(
      '--drain-timeout x is not a duration',
    )
  })
})

describe('parsePower', () => {
  it('waits ten minutes where nothing is said', () => {
    expect(parsePower(provider, { names: ['a'] }, context())).toMatchObject({ timeout: 600_000 })
  })
})
