import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findCredentials } from '../src/credentials.ts'
import { makeFolder } from './folder.ts'
import { call, openSession } from './orders.ts'
import { useEnvironment } from './upcloud-environment.ts'
import { startUpcloudStub } from './upcloud-stub.ts'

let folder: string

beforeEach(async () => {
  folder = await makeFolder()
  useEnvironment({ XDG_CONFIG_HOME: folder, PATH: join(folder, 'bin') })
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const find = (access = {}) => findCredentials(access, call)

async function writeConfig(text: string): Promise<void> {
  await writeFile(join(folder, 'upctl.yaml'), text)
}

/** A keyring's command, which answers to `secret-tool` and `security` alike. */
async function writeKeyring(script: string): Promise<void> {
  await mkdir(join(folder, 'bin'), { recursive: true })
  for (const name of ['secret-tool', 'security']) {
    const file = join(folder, 'bin', name)
    await writeFile(file, `#!/bin/sh\n${script}\n`)
    await chmod(file, 0o755)
  }
}

describe('credentials', () => {
  test('that were typed come first', async () => {
    vi.stubEnv('UPCLOUD_TOKEN', 'from-environment')
    await writeConfig('token: from-config')
    expect(await find({ token: 'typed' })).toEqual({ token: 'typed' })
    expect(await find({ username: 'anna', password: 'typed' })).toEqual({
      username: 'anna',
      password: 'typed',
    })
  })

  test('come from the environment next, whether or not the options know', async () => {
    await writeConfig('token: from-config')
    vi.stubEnv('UPCLOUD_TOKEN', 'from-environment')
    expect(await find()).toEqual({ token: 'from-environment' })
    expect(await find({ token: 'from-environment' })).toEqual({ token: 'from-environment' })
  })

  test('of both kinds in the environment are the token', async () => {
    useEnvironment({ UPCLOUD_TOKEN: 't', UPCLOUD_USERNAME: 'anna', UPCLOUD_PASSWORD: 'p' })
    expect(await find({ token: 't', username: 'anna', password: 'p' })).toEqual({ token: 't' })
  })

  test('that were typed as a name win over a token in the environment', async () => {
    useEnvironment({ UPCLOUD_TOKEN: 't', UPCLOUD_PASSWORD: 'p' })
    expect(await find({ token: 't', username: 'bert', password: 'p' })).toEqual({
      username: 'bert',
      password: 'p',
    })
  })

  test('of both kinds that were typed are refused', async () => {
    const both = find({ token: 'typed', username: 'anna', password: 'p' })
    await expect(both).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: '--token and --username exclude each other',
    })
  })

  test('that are nowhere are told, with every place', async () => {
    const error = await find().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'NO_CREDENTIALS', message: 'no UpCloud credentials found' })
    for (const place of ['--token', 'UPCLOUD_TOKEN', 'UPCLOUD_USERNAME', 'upctl.yaml', 'keyring']) {
      expect(error).toMatchObject({ hint: expect.stringContaining(place) })
    }
  })

  test.each([
    [{ username: 'anna' }, '--password is missing'],
    [{ password: 'p' }, '--username is missing'],
  ])('%j are half of what it takes', async (access, message) => {
    await expect(find(access)).rejects.toMatchObject({ code: 'NO_CREDENTIALS', message })
  })

  test('that cannot stand in a request are refused without being shown', async () => {
    const stub = await startUpcloudStub()
    try {
      const session = await openSession({ access: { token: 'secret token' } })
      const error = await session.account(call).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'BAD_CREDENTIALS' })
      expect(String(error)).not.toContain('secret')
      expect(stub.requests).toEqual([])
    } finally {
      await stub.close()
    }
  })
})

describe("upctl's configuration", () => {
  test.each([
    ['token: ucat_x\n', { token: 'ucat_x' }],
    ['username: anna\npassword: "p"\n', { username: 'anna', password: 'p' }],
    ['username: anna\npassword: 1234\noutput: json\n', { username: 'anna', password: '1234' }],
    ['token: ucat_x\nusername: anna\npassword: p\n', { token: 'ucat_x' }],
  ])('%j gives credentials', async (text, expected) => {
    await writeConfig(text)
    expect(await find()).toEqual(expected)
  })

  test.each(['', 'output: json\n', 'username: anna\n'])('%j gives none', async (text) => {
    await writeConfig(text)
    await expect(find()).rejects.toMatchObject({ code: 'NO_CREDENTIALS' })
  })

  test.each(['token: [hush\n', '- hush\n', 'a: b: c\n'])(
    'that is none is told without its text',
    async (text) => {
      await writeConfig(text)
      const error = await find().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'LOCAL_FILE',
        message: `${join(folder, 'upctl.yaml')} is no configuration of upctl`,
      })
      expect(error).toHaveProperty('hint')
      expect(error).not.toHaveProperty('cause', expect.anything())
    },
  )

  test('that cannot be read is told', async () => {
    await mkdir(join(folder, 'upctl.yaml'))
    await expect(find()).rejects.toMatchObject({ code: 'LOCAL_FILE' })
  })
})

describe.skipIf(process.platform === 'win32')('the keyring', () => {
  test('has the token under the empty name', async () => {
    await writeKeyring('case "$*" in *UpCloud*) echo ucat_x;; *) exit 1;; esac')
    expect(await find()).toEqual({ token: 'ucat_x' })
  })

  test('has the password of a name', async () => {
    await writeKeyring('case "$*" in *anna*) echo pass;; *) exit 1;; esac')
    expect(await find({ username: 'anna' })).toEqual({ username: 'anna', password: 'pass' })
    vi.stubEnv('UPCLOUD_USERNAME', 'anna')
    expect(await find({ username: 'anna' })).toEqual({ username: 'anna', password: 'pass' })
  })

  test.each([
    ['base64', Buffer.from('ucat_ä').toString('base64')],
    ['encoded', Buffer.from('ucat_ä').toString('hex')],
  ])('may hold what is encoded as %s', async (encoding, text) => {
    await writeKeyring(`echo go-keyring-${encoding}:${text}`)
    expect(await find()).toEqual({ token: 'ucat_ä' })
  })

  test.each(['exit 1', 'exit 0', 'echo "no such secret" >&2; exit 44'])(
    'that has nothing is quiet: %s',
    async (script) => {
      await writeKeyring(script)
      await expect(find()).rejects.toMatchObject({ code: 'NO_CREDENTIALS' })
    },
  )

  test('is not asked where there are credentials', async () => {
    await writeKeyring(`touch ${join(folder, 'asked')}`)
    await find({ token: 't' })
    await expect(writeFile(join(folder, 'asked'), '', { flag: 'wx' })).resolves.toBe(undefined)
  })

  test('that does not answer is not waited for once the command is cancelled', async () => {
    await writeKeyring('exec /bin/sleep 60')
    const signal = AbortSignal.timeout(100)
    await expect(findCredentials({}, { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
