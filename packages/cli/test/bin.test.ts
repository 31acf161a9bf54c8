import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openTestMaster, type TestMaster } from './test-master.ts'

const bin = join(import.meta.dirname, '..', 'src', 'bin.ts')
const nodeOptions = ['--conditions=source', '--disable-warning=ExperimentalWarning']

/** Runs the command as a process of its own, with nothing of ours in its environment. */
function kontena(argv: readonly string[], env: Record<string, string> = {}, input = '') {
  return execa(process.execPath, [...nodeOptions, bin, ...argv], {
    reject: false,
    extendEnv: false,
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', ...env },
    input,
  })
}

let lab: TestMaster
const asUser = (): Record<string, string> => ({ HOME: lab.folder })

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.client.createGrid({ name: 'prod' })
  // More in all than a pipe holds.
  const labels = ['a', 'b', 'c', 'd'].map((key) => `${key}=${'y'.repeat(250)}`)
  for (let number = 1; number <= 100; number += 1) {
    await lab.client.createNode('prod', { name: `web-${number}`, labels })
  }
  await lab.writeConfig({ grid: 'prod' })
})
afterAll(() => lab.close())

describe('the process', () => {
  it('ends with the exit code of what happened, text on stderr', async () => {
    const result = await kontena(['node', 'list'])
    expect(result.exitCode).toBe(3)
    expect(result.stdout).toBe('')
    expect(result.stderr).toContain(' [error] You are not logged into a Kontena Master')
  })

  it('writes all of a long output into a pipe before it ends', async () => {
    const { exitCode, stdout } = await kontena(['node', 'list'], asUser())
    expect(exitCode).toBe(0)
    expect(stdout.split('\n')).toHaveLength(101)
  })

  it('is quiet when its reader goes away', async () => {
    const command = `${[process.execPath, ...nodeOptions, bin].map((word) => `'${word}'`).join(' ')}`
    const script = `{ ${command} node list; echo "code $?" >&2; } | head -n 1`
    const { stdout, stderr } = await execa('sh', ['-c', script], {
      extendEnv: false,
      env: { PATH: process.env.PATH ?? '', ...asUser() },
    })
    expect(stdout).toMatch(/^NAME/)
    expect(stderr).toBe('code 0')
  })

  it('reads a code from stdin', async () => {
    const { exitCode, stderr } = await kontena(
      ['master', 'login', lab.master.url, '--code', '-'],
      asUser(),
      'wrong-code\n',
    )
    expect(exitCode).toBe(3)
    expect(stderr).toContain('does not accept this code')
    expect(stderr).not.toContain('wrong-code')
  })
})

describe('Ctrl-C', () => {
  async function openSilentMaster(): Promise<{ url: string; asked: Promise<unknown> }> {
    const server: Server = createServer(() => undefined)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    return { url: `http://127.0.0.1:${port}`, asked: once(server, 'request') }
  }

  it('ends a command that waits, with 130', async () => {
    const { url, asked } = await openSilentMaster()
    const running = kontena(['whoami'], { KONTENA_URL: url, KONTENA_TOKEN: 'x' })
    await asked
    running.kill('SIGINT')
    expect(await running).toMatchObject({ exitCode: 130, stderr: ' [error] Interrupted' })
  })

  it('ends a master in the foreground well', async () => {
    const data = join(lab.folder, 'foreground')
    const running = kontena(['master', 'start', '--port', '0', '--data', data], asUser())
    const [line] = await once(running.stdout, 'data')
    expect(String(line)).toMatch(/^Kontena Master 2\.0\.0 listens at http:\/\/127\.0\.0\.1:\d+\n/)
    running.kill('SIGTERM')
    expect(await running).toMatchObject({ exitCode: 0 })
  })

  it('leaves at once the second time', async () => {
    // A call that never ends and does not listen, as a hung library would be.
    const deaf =
      'globalThis.fetch = () => { console.error("asked"); setInterval(() => {}, 1e6); return new Promise(() => {}) }'
    const running = kontena(['whoami'], {
      KONTENA_URL: 'http://127.0.0.1:9',
      KONTENA_TOKEN: 'x',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(deaf)}`,
    })
    await once(running.stderr, 'data')
    running.kill('SIGINT')
    expect(await Promise.race([running, setTimeout(300, 'still there')])).toBe('still there')
    running.kill('SIGINT')
    expect(await running).toMatchObject({ exitCode: 130 })
  })
})
