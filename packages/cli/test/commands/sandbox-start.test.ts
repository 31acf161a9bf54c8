import { describe, expect, it, vi } from 'vitest'
import { buildCli } from '../../src/cli.ts'
import { fakeIo } from '../fake-io.ts'
import { runCli } from '../run-cli.ts'

async function start(...flags: string[]) {
  const abort = new AbortController()
  const argv = ['sandbox', 'start', ...flags]
  const io = fakeIo({ argv, signal: abort.signal })
  const running = (await buildCli(io)).parseAsync(argv, { from: 'user' })
  await vi.waitFor(() => expect(io.stdout.text).toContain('\n'), { timeout: 20_000 })
  return {
    io,
    async stop() {
      abort.abort('interrupt')
      await running
    },
  }
}

describe('sandbox start', () => {
  it('prints lines for a shell and nothing else on stdout, and ends with Ctrl-C', async () => {
    const { io, stop } = await start('--boot-time', '1s', '--agents', 'shared')
    const [, url = ''] = /^export AWS_ENDPOINT_URL_EC2=(\S+)$/m.exec(io.stdout.text) ?? []
    expect((await fetch(url, { method: 'POST' })).status).toBeGreaterThanOrEqual(400)
    for (const line of io.stdout.text.trimEnd().split('\n')) {
      expect(line).toMatch(/^export [A-Z0-9_]+=\S+$/)
    }
    await stop()
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('prints one JSON object with --json', async () => {
    const { io, stop } = await start('--json')
    expect(JSON.parse(io.stdout.text)).toMatchObject({
      url: expect.stringMatching(/^http:/),
      environment: { AWS_ACCESS_KEY_ID: expect.any(String) },
    })
    await stop()
  })

  it.each([
    [['--boot-time', 'soon'], '--boot-time soon is not a duration'],
    [['--port', '-1'], '--port -1: must be a port'],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await runCli(['sandbox', 'start', ...flags])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  it('refuses a way to run agents that it does not have', async () => {
    const { code, stderr } = await runCli(['sandbox', 'start', '--agents', 'none'])
    expect(code).toBe(2)
    expect(stderr).toContain('process, shared')
  })
})
