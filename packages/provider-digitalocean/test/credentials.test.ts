import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findToken } from '../src/credentials.ts'
import { doctlConfigFile } from '../src/doctl-config.ts'
import { useEnvironment } from './environment.ts'
import { makeFolder } from './folder.ts'
import { call } from './orders.ts'

beforeEach(() => useEnvironment({}))
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

async function writeDoctlConfig(text: string): Promise<void> {
  const folder = await makeFolder()
  vi.stubEnv('XDG_CONFIG_HOME', folder)
  await mkdir(join(folder, 'doctl'))
  await writeFile(join(folder, 'doctl', 'config.yaml'), text)
}

const config = `
access-token: dop_v1_first
context: work
auth-contexts:
  work: dop_v1_work
  empty: ""
output: text
`

test('a token that was given wins over all else', async () => {
  await writeDoctlConfig(config)
  expect(await findToken({ token: ' dop_v1_given\n', context: 'work' }, call)).toBe('dop_v1_given')
})

describe("without one doctl's file has it", () => {
  test.each([
    ['the context that doctl uses now', undefined, 'dop_v1_work'],
    ['the context that was named', 'work', 'dop_v1_work'],
    ['its first context', 'default', 'dop_v1_first'],
  ])('for %s', async (_, context, token) => {
    await writeDoctlConfig(config)
    expect(await findToken({ context }, call)).toBe(token)
  })

  test('for the first context where doctl uses no other', async () => {
    await writeDoctlConfig('access-token: dop_v1_first\n')
    expect(await findToken({}, call)).toBe('dop_v1_first')
  })
})

describe('no token', () => {
  test('names all places where one may come from', async () => {
    await expect(findToken({}, call)).rejects.toMatchObject({
      code: 'NO_CREDENTIALS',
      message: 'no DigitalOcean token found',
      hint: expect.stringMatching(
        /--token.*DIGITALOCEAN_ACCESS_TOKEN.*DIGITALOCEAN_TOKEN.*DO_TOKEN.*doctl.*config\.yaml/,
      ),
    })
  })

  test('for a context that doctl does not have names those that it has', async () => {
    await writeDoctlConfig(config)
    await expect(findToken({ context: 'play' }, call)).rejects.toMatchObject({
      code: 'NO_CREDENTIALS',
      message: 'doctl has no token for context play',
      hint: expect.stringContaining('it has default, work'),
    })
    await expect(findToken({ context: 'empty' }, call)).rejects.toMatchObject({
      code: 'NO_CREDENTIALS',
    })
  })

  test('is in an empty file, or in one without a token', async () => {
    for (const text of ['', 'output: json\n', 'access-token: ""\n']) {
      await writeDoctlConfig(text)
      await expect(findToken({}, call)).rejects.toMatchObject({ code: 'NO_CREDENTIALS' })
    }
  })
})

describe('a file that cannot be understood is told by its path, and not by what it holds', () => {
  test.each([
    ['no YAML', 'access-token: "dop_v1_secret\n'],
    ['a list', '- dop_v1_secret\n'],
    ['a token of another kind', 'access-token: [dop_v1_secret]\n'],
  ])('%s', async (_, text) => {
    await writeDoctlConfig(text)
    const error = await findToken({}, call).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'LOCAL_FILE',
      message: expect.stringContaining(doctlConfigFile()),
    })
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('dop_v1_secret')
  })
})

test('a file that cannot be read says so', async () => {
  const folder = await makeFolder()
  vi.stubEnv('XDG_CONFIG_HOME', folder)
  await mkdir(join(folder, 'doctl', 'config.yaml'), { recursive: true })
  await expect(findToken({}, call)).rejects.toMatchObject({ code: 'LOCAL_FILE' })
})

test('a token that cannot stand in a header is refused without showing it', async () => {
  const error = await findToken({ token: 'dop_v1_secret\nX-Evil: 1' }, call).catch(
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ code: 'BAD_CREDENTIALS' })
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('dop_v1_secret')
})

test.each([
  ['given with --token', {}],
  ['in DIGITALOCEAN_ACCESS_TOKEN', { DIGITALOCEAN_ACCESS_TOKEN: 'dop v1' }],
  ['in DO_TOKEN', { DIGITALOCEAN_ACCESS_TOKEN: 'dop_v1_other', DO_TOKEN: 'dop v1' }],
])('a token that cannot be one is told by the place it is %s', async (place, variables) => {
  useEnvironment(variables)
  await expect(findToken({ token: 'dop v1' }, call)).rejects.toMatchObject({
    code: 'BAD_CREDENTIALS',
    message: `the token ${place} holds what no token does`,
  })
})

test('so is one that doctl keeps', async () => {
  await writeDoctlConfig('access-token: dop v1\n')
  await expect(findToken({}, call)).rejects.toMatchObject({
    message: "the token of doctl's context default holds what no token does",
  })
})

test('reading the file can be cut off', async () => {
  await writeDoctlConfig(config)
  const reading = findToken({}, { signal: AbortSignal.abort() })
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
})

test.each([
  ['linux', {}, join(homedir(), '.config', 'doctl', 'config.yaml')],
  ['linux', { XDG_CONFIG_HOME: '/etc/me' }, '/etc/me/doctl/config.yaml'],
  ['darwin', {}, join(homedir(), 'Library/Application Support/doctl/config.yaml')],
  ['win32', { APPDATA: '/roaming' }, '/roaming/doctl/config.yaml'],
] as const)('on %s with %o the file of doctl is %s', (platform, env, file) => {
  vi.stubGlobal('process', { platform, env })
  expect(doctlConfigFile()).toBe(file)
})
