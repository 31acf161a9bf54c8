import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
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

describe('sandbox start --boot vm', () => {
  it.each([
    [['--boot', 'vm'], 'virtual machines need an image to boot from'],
    [['--boot', 'vm', '--image', 'missing.qcow2'], 'missing.qcow2 is not there'],
    [['--image', 'disk.qcow2'], '--image has no effect without --boot vm'],
    [['--boot', 'vm', '--image', 'disk.qcow2', '--memory', '12'], '--memory 12'],
    [['--boot', 'vm', '--image', 'disk.qcow2', '--cpus', 'two'], '--cpus two'],
  ])('refuses %j', async (flags, message) => {
    putQemuOnPath()
    const { code, stderr } = await runCli(['sandbox', 'start', ...flags])
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  it('says what to install where qemu is missing', async () => {
    vi.stubEnv('PATH', emptyFolder())
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    const { code, stderr } = await runCli(['sandbox', 'start', '--boot', 'vm', '--image', 'disk'])
    expect(code).toBe(2)
    expect(stderr).toContain('qemu-system-x86_64 is not installed')
    expect(stderr).toContain('apt install')
  })

  it('tells how machines reach a master, and how they are reached', async () => {
    const folder = putQemuOnPath()
    const image = join(folder, 'disk.qcow2')
    writeFileSync(image, Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(600)]))
    const { io, stop } = await start('--boot', 'vm', '--image', image)
    await vi.waitFor(() => expect(io.stderr.text).toContain('--public-url'), { timeout: 20_000 })
    expect(io.stderr.text).toContain(
      'kontena master start --tls --login --public-url https://198.19.255.254:9292',
    )
    for (const line of io.stdout.text.trimEnd().split('\n')) expect(line).toMatch(/^export /)
    await stop()
  })
})

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-qemu-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Programs that say they are qemu's; no machine is ever started with them. */
function putQemuOnPath(): string {
  const folder = emptyFolder()
  for (const name of ['qemu-system-x86_64', 'qemu-img']) {
    const answer = `case $1 in info) echo '{"virtual-size":1}' ;; *) echo 'version 8.2.0' ;; esac`
    writeFileSync(join(folder, name), `#!/bin/sh\n${answer}\n`, { mode: 0o755 })
  }
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  return folder
}
