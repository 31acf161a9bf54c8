import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FakeIoOptions } from '../fake-io.ts'
import { runCliWith } from '../run-cli.ts'
import { openTestMaster, type TestMaster } from '../test-master.ts'
import { openProvider, type ProviderDouble } from './provider-double.ts'

const browser = fileURLToPath(new URL('browser.ts', import.meta.url))
const run = promisify(execFile)

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
})
afterAll(() => lab.close())
beforeEach(() => rm(lab.configFile, { force: true }))

const login = (flags: readonly string[], io: FakeIoOptions = {}) =>
  lab.run(['master', 'login', lab.master.url, ...flags], io)
const invite = async (email: string) => (await lab.client.invite({ email })).invite_code
const entry = async () => Object(await lab.config()).servers[0]
/** As a person opens the page whose URL a command printed. */
const visit = async (url: string) => (await run(process.execPath, [browser, url])).stdout

describe('master join', () => {
  it('accepts an invitation, without a browser where the master knows no provider', async () => {
    const code = await invite('jo@example.com')
    const result = await lab.run(['master', 'join', lab.master.url, code, '-n', 'mine'])
    expect(result).toEqual({
      code: 0,
      stdout: `Authenticated to Kontena Master mine at ${lab.master.url} as jo@example.com\n`,
      stderr: '',
    })
    expect(await entry()).toMatchObject({
      name: 'mine',
      username: 'jo@example.com',
      refresh_token: expect.stringMatching(/^[0-9a-f]{128}$/),
    })
  })

  it('says that an invitation is not good, and never which', async () => {
    const result = await lab.run(['master', 'join', lab.master.url, 'deadbeef0000'])
    expect(result.code).toBe(3)
    expect(result.stderr).toContain('knows no such invitation')
    expect(result.stderr).not.toContain('deadbeef')
  })
})

describe('master login by a browser', () => {
  let provider: ProviderDouble

  beforeEach(async () => {
    provider = await openProvider({ id: 4711, username: 'jo', email: 'jo@work.example.com' })
    await lab.client.configure(provider.settings, { replaceAll: true })
    const known = (await lab.client.users()).find(({ email }) => email === 'jo@work.example.com')
    if (known !== undefined) await lab.client.removeUser(known.email)
  })
  afterEach(async () => {
    provider.close()
    await lab.client.configure({}, { replaceAll: true })
  })

  it('takes the code from the browser that it opens, and shows it no secret', async () => {
    const code = await invite('jo@work.example.com')
    const result = await lab.run(['master', 'join', lab.master.url, code, '--no-remote'], {
      env: { BROWSER: `${process.execPath} ${browser}` },
    })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toMatch(/^ {2}http:\/\/localhost:\d+\/[0-9a-f]{32}$/m)
    expect(result.stdout).toContain('as jo@work.example.com')
    expect(result.stdout).not.toContain(code)
    expect((await lab.run(['whoami'])).stdout).toContain('User: jo@work.example.com')
  })

  it('has a person bring the code from another computer', async () => {
    await invite('jo@work.example.com')
    const result = await loginTyping(['--remote', '-e', '1h'], async (url) => {
      const end = new URL(await visit(url))
      return new URLSearchParams(end.hash.slice(1)).get('code') ?? ''
    })
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout).toContain('Visit this page with a browser')
    const { token_expires_at: end } = await entry()
    expect(Math.abs(end - Date.now() / 1000 - 3_600)).toBeLessThan(60)
  })

  it('says that somebody is no user, and that no code came', async () => {
    const result = await loginTyping(['--remote'], async (url) => {
      expect(await visit(url)).toContain('/cb?')
      return undefined
    })
    expect(result.code).toBe(2)
    expect(result.stderr).toContain('no code was typed')
  })

  it('ends with the person', async () => {
    const signal = AbortSignal.timeout(300)
    const waiting = await login(['--no-remote'], { env: { BROWSER: 'true' }, signal })
    expect(waiting.code).toBe(130)
  })

  /** Runs the command with somebody who reads the page's URL before typing. */
  function loginTyping(
    flags: readonly string[],
    type: (url: string) => Promise<string | undefined>,
  ) {
    return runCliWith(['master', 'login', lab.master.url, ...flags], {
      userHome: lab.folder,
      line: (shown) => type(/^ {2}(http\S+)$/m.exec(shown)?.[1] ?? ''),
    })
  }
})

describe('master login where no browser is of use', () => {
  it('says that the master knows no provider', async () => {
    const { code, stderr } = await login(['--remote'])
    expect(code).toBe(1)
    expect(stderr).toContain(`the master at ${lab.master.url} has no provider to log in at`)
    expect(stderr).toContain('hint: log in with --code CODE')
  })

  it.each([
    ['forever', 'is not a duration'],
    ['99999999999', 'is more than a hundred years'],
  ])('refuses --expires-in %s', async (time, message) => {
    const { code, stderr } = await login(['--remote', '--expires-in', time])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('master login with a login that is there', () => {
  it('tells its steps where that is asked for, and no secret', async () => {
    await lab.writeConfig({})
    const { stderr } = await login(['-v'])
    expect(stderr).toContain(`Getting a token of the master at ${lab.master.url}\n`)
    expect(stderr).not.toContain(lab.token)
  })

  it('keeps it with its refresh token, or renews it', async () => {
    const made = await lab.client.createToken({ scope: 'user' })
    const tokens = { token: made.access_token, refresh_token: made.refresh_token }
    const end = Math.floor(Date.now() / 1000) + 7_200
    await lab.writeConfig({ ...tokens, token_expires_at: end })
    expect((await login([])).code).toBe(0)
    expect(await entry()).toMatchObject({ ...tokens, token_expires_at: end })
    await lab.writeConfig({ ...tokens, token_expires_at: 1_500_000_000 })
    expect((await login([])).code).toBe(0)
    expect((await entry()).token).not.toBe(tokens.token)
    expect((await entry()).refresh_token).toMatch(/^[0-9a-f]{128}$/)
    expect((await lab.run(['whoami'])).code).toBe(0)
  })

  it('is that of the current master where none is named', async () => {
    await lab.writeConfig({})
    expect((await lab.run(['master', 'login'])).stdout).toContain('Master test at')
  })

  it('goes for another one with --force, or once it is refused', async () => {
    await lab.writeConfig({})
    expect((await login(['--force'])).stderr).toContain('--code is missing')
    await lab.writeConfig({ token: 'f'.repeat(64) })
    expect((await login([])).stderr).toContain('--code is missing')
  })
})
