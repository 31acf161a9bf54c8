import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { buildCli } from '../../src/cli.ts'
import { type FakeIo, fakeIo } from '../fake-io.ts'
import { runCli } from '../run-cli.ts'

let folder: string
let env: Record<string, string>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kontena-start-'))
  env = {}
})
afterEach(() => rm(folder, { recursive: true }))

/** Starts a master as a person would, waits until it said this, and ends it by Ctrl-C. */
async function start(
  flags: readonly string[],
  work: (io: FakeIo) => Promise<void> = async () => undefined,
  until = /listens|"url"/,
): Promise<FakeIo> {
  const abort = new AbortController()
  const argv = ['master', 'start', '--port', '0', ...flags]
  const io = fakeIo({ argv, env, userHome: folder, cwd: folder, signal: abort.signal })
  const running = (await buildCli(io)).parseAsync(argv, { from: 'user' })
  const said = vi.waitFor(() => expect(io.stdout.text + io.stderr.text).toMatch(until), {
    timeout: 20_000,
  })
  await Promise.race([running, said])
  await work(io)
  abort.abort('interrupt')
  await running
  return io
}

function loginLine(io: FakeIo): string[] {
  const [, words = ''] = /kontena (master login .*)\n/.exec(io.stdout.text) ?? []
  return words.split(' ')
}

describe('master start', () => {
  it('prints a line that logs in, on the first start only', async () => {
    const flags = ['--data', 'data']
    await start(flags, async (io) => {
      expect(io.stdout.text).toMatch(
        /^Kontena Master 2\.0\.0 listens at http:\/\/127\.0\.0\.1:\d+\nLog in with this code, which works once:\n {2}kontena master login http:\/\/127\.0\.0\.1:\d+ --code \w+\n$/,
      )
      const login = await runCli(loginLine(io), { userHome: folder })
      expect(login).toMatchObject({ code: 0, stdout: expect.stringContaining('as admin') })
      expect(await runCli(loginLine(io), { userHome: folder })).toMatchObject({ code: 3 })
    })
    const second = await start(flags)
    expect(second.stdout.text).not.toContain('--code')
  })

  it('names the public URL in that line, as it is typed on another computer', async () => {
    const io = await start(['--data', 'data', '--public-url', 'https://master.example.com'])
    expect(io.stdout.text).toMatch(/kontena master login https:\/\/master\.example\.com --code /)
    expect(io.stdout.text).toMatch(/listens at http:\/\/127\.0\.0\.1:\d+\n/)
  })

  it('prints the pin of its authority with TLS', async () => {
    await start(['--data', 'data', '--tls'], async (io) => {
      const words = loginLine(io)
      expect(words.join(' ')).toMatch(/ https:\/\/.* --code \w+ --ca-sha256 [0-9a-f]{64}$/)
      expect(await runCli(words, { userHome: folder })).toMatchObject({ code: 0 })
    })
  })

  it('logs this computer in with --login, and prints no code', async () => {
    const whoami = async (): Promise<void> => {
      expect(await runCli(['whoami'], { userHome: folder })).toMatchObject({ code: 0 })
    }
    const io = await start(['--login'], whoami, /Authenticated to Kontena Master/)
    expect(io.stdout.text).not.toContain('--code')
  })

  it('says how to get a new code when --login comes too late', async () => {
    await start(['--data', 'data'])
    await start(['--data', 'data', '--login'], undefined, /start once with --reset-admin-code/)
    const flags = ['--data', 'data', '--login', '--reset-admin-code']
    await start(flags, undefined, /Authenticated/)
  })

  it('takes the first code from INITIAL_ADMIN_CODE', async () => {
    env = { INITIAL_ADMIN_CODE: 'chosen-by-me-123' }
    expect(loginLine(await start([]))).toContain('chosen-by-me-123')
  })

  it('takes the key of its database from a file, or from VAULT_KEY, and keeps that nowhere', async () => {
    await start(['--data', 'one', '--key-file', 'my.key'])
    expect(await readdir(join(folder, 'one'))).not.toContain('master.key')
    expect(await readFile(join(folder, 'my.key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    env = { VAULT_KEY: 'v'.repeat(40) }
    const io = await start(['--data', 'two'])
    expect(await readdir(join(folder, 'two'))).not.toContain('master.key')
    expect(io.stdout.text + io.stderr.text).not.toContain(env.VAULT_KEY)
  })

  it('prints one JSON object with --json', async () => {
    const io = await start(['--tls', '--json'])
    expect(JSON.parse(io.stdout.text)).toEqual({
      url: expect.stringMatching(/^https:/),
      admin_code: expect.any(String),
      ca_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('keeps its data below the home folder where nothing else is said', async () => {
    await start([])
    await expect(readFile(join(folder, '.kontena', 'master', 'nothing'))).rejects.toThrow('ENOENT')
    await expect(readFile(join(folder, '.kontena', 'master'))).rejects.toThrow('EISDIR')
  })

  it.each([
    [['--port', '70000'], 2, '--port 70000: must be 65535 or less'],
    [['--port', 'http'], 2, '--port http: must be a port'],
    [['--public-url', 'master.example.com'], 2, 'is not the URL of a master'],
    [['--host', '0.0.0.0'], 1, '--insecure-http'],
    [['--tls-cert', 'missing.pem', '--tls-key', 'missing.key'], 1, 'missing.pem'],
    [['--trust-proxy', 'nonsense'], 1, '--trust-proxy'],
  ])('refuses %j', async (flags, code, message) => {
    const argv = ['master', 'start', '--port', '0', ...flags]
    const result = await runCli(argv, { userHome: folder, cwd: folder })
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(message)
  })

  it('says that its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = String(typeof address === 'object' ? address?.port : '')
    const result = await runCli(['master', 'start', '--port', port], { userHome: folder })
    taken.close()
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(port)
    expect(result.stderr).toContain('hint:')
  })
})
