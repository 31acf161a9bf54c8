import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FakeIoOptions } from '../fake-io.ts'
import { runCli } from '../run-cli.ts'

const servers = [
  { name: 'prod', url: 'https://master.example.com', grid: 'web', token: 'secret-of-prod' },
  { name: 'lab', url: 'http://192.0.2.10:9292', grid: null, token: 'secret-of-lab', odd: 1 },
]

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kontena-masters-'))
  await write({ current_server: 'prod', servers, accounts: [{ name: 'kontena' }] })
})
afterEach(() => rm(folder, { recursive: true }))

const file = () => join(folder, '.kontena_client.json')
const write = (config: unknown) => writeFile(file(), JSON.stringify(config))
const config = async () => JSON.parse(await readFile(file(), 'utf8'))
const master = (argv: readonly string[], io: FakeIoOptions = {}) =>
  runCli(['master', ...argv], { userHome: folder, ...io })

describe('master list', () => {
  it('marks the current one', async () => {
    expect((await master(['list'])).stdout).toBe(
      'NAME    URL\n* prod  https://master.example.com\n  lab   http://192.0.2.10:9292\n',
    )
    const lab = await master(['ls'], { env: { KONTENA_MASTER: 'lab' } })
    expect(lab.stdout).toContain('* lab')
  })

  it('prints names, or JSON without a secret', async () => {
    expect((await master(['list', '-q'])).stdout).toBe('prod\nlab\n')
    const { stdout } = await master(['list', '--json'])
    expect(stdout).not.toContain('secret')
    expect(JSON.parse(stdout)).toEqual([
      { name: 'prod', url: 'https://master.example.com', current: true },
      { name: 'lab', url: 'http://192.0.2.10:9292', current: false },
    ])
  })

  it('says how to get one where there is none', async () => {
    await rm(file())
    const { code, stderr } = await master(['list'])
    expect(code).toBe(0)
    expect(stderr).toContain('hint: kontena master login URL --code CODE')
  })
})

describe('master use', () => {
  it('selects a master with its grid, and leaves all else as it was', async () => {
    expect(await master(['use', 'lab'])).toEqual({
      code: 0,
      stdout: 'Using master: lab (http://192.0.2.10:9292)\nUsing grid: <none>\n',
      stderr: '',
    })
    expect(await config()).toEqual({
      current_server: 'lab',
      servers,
      accounts: [{ name: 'kontena' }],
    })
  })

  it('knows no other', async () => {
    expect(await master(['use', 'nope'])).toEqual({
      code: 1,
      stdout: '',
      stderr: ' [error] no master named nope is known here\nhint: known masters: prod, lab\n',
    })
  })

  it('selects none', async () => {
    expect((await master(['use', '--clear'])).code).toBe(0)
    expect(await config()).toMatchObject({ current_server: null })
    expect((await master(['current'])).stderr).toContain('not logged into a Kontena Master')
  })

  it('lets a person choose, and a script not', async () => {
    const keys = [['Which master?', '\u001b[B\r']] as const
    expect((await master(['use'], { isTTY: true, keys })).stdout).toContain('Using master: ')
    expect(await config()).toMatchObject({ current_server: 'lab' })
    const script = await master(['use'])
    expect(script.code).toBe(2)
    expect(script.stderr).toContain('NAME is missing')
  })

  it('says that the environment goes before it', async () => {
    const { stderr } = await master(['use', 'lab'], { env: { KONTENA_MASTER: 'prod' } })
    expect(stderr).toContain('goes before this choice')
  })
})

describe('master current', () => {
  it.each([
    [[], 'prod https://master.example.com\n'],
    [['--name'], 'prod\n'],
    [['--url'], 'https://master.example.com\n'],
    [['--address'], 'master.example.com\n'],
  ])('%j prints %j', async (flags, stdout) => {
    expect(await master(['current', ...flags])).toEqual({ code: 0, stdout, stderr: '' })
  })

  it('is what the environment says', async () => {
    const env = { KONTENA_URL: 'http://192.0.2.10:9292/' }
    expect((await master(['current'], { env })).stdout).toBe('lab http://192.0.2.10:9292\n')
  })
})

describe('master remove', () => {
  it('forgets a master once its name was typed, and says how to select another', async () => {
    const { code, stderr } = await master(['remove', 'prod'], { isTTY: true, input: ['prod'] })
    expect(code).toBe(0)
    expect(stderr).toContain('hint: kontena master use NAME')
    expect(await config()).toEqual({
      current_server: null,
      servers: [servers[1]],
      accounts: [{ name: 'kontena' }],
    })
  })

  it('keeps the current one current where it is another that goes', async () => {
    expect(await master(['rm', 'lab', '--force'])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await config()).toMatchObject({ current_server: 'prod', servers: [servers[0]] })
  })

  it('forgets none where one is not known, or the name was not typed', async () => {
    const unknown = await master(['rm', 'lab', 'nope', '--force'])
    expect(unknown).toMatchObject({ code: 1 })
    const silent = await master(['rm', 'lab'], { isTTY: true, input: ['prod'] })
    expect(silent.code).toBe(1)
    expect((await config()).servers).toEqual(servers)
  })
})
