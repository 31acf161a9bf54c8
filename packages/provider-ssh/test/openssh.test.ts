import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { batch, call, openLaptop, order, owner } from './session.ts'
import { openTestHost, type TestHost } from './test-host.ts'

/** OpenSSH's server stands where root looks for programs, which others' PATH leaves out. */
const server = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  .map((folder) => join(folder, 'sshd'))
  .find((file) => existsSync(file))

if (server === undefined) {
  process.stdout.write("skipped: hosts behind OpenSSH's own server, as there is no sshd here\n")
}

describe.runIf(server !== undefined)("a host behind OpenSSH's own server", () => {
  it('becomes a node and is given back, whatever kind of key it proves itself with', async () => {
    const host = await openTestHost()
    const { port, keys, identity } = await startServer(server ?? '', host)
    const laptop = await openLaptop()
    // As on computers that met the host long ago.
    await laptop.know(`[127.0.0.1]:${port} ${keys.rsa}`)
    const access = { key: identity, user: userInfo().username }
    const session = await laptop.open({ access, machine: { host: [`127.0.0.1:${port}`] } })
    const policy = order().policy
    const found = await session.preflight(order({ policy }), call)
    expect(found.facts.host).toContain('Debian GNU/Linux 12')
    const { machines } = await session.create(batch(), call)
    const id = machines[0]?.id ?? ''
    await vi.waitFor(async () => expect(await host.read('made')).toBe(''), 10_000)
    expect(await session.find({ owner }, call)).toMatchObject([{ id, name: 'web' }])
    await session.terminate([id], call)
    expect(await host.read('var/lib/kontena-ssh/claim')).toBeUndefined()
  })

  it('shows a key that ssh-keygen gives the same fingerprint', async () => {
    const host = await openTestHost()
    const { port, folder, identity } = await startServer(server ?? '', host)
    const laptop = await openLaptop()
    const session = await laptop.open({ access: { key: identity } })
    const given = { host: [`127.0.0.1:${port}`] }
    const [offer] = (await session.choices?.({ option: 'hostKey', given }, call)) ?? []
    const file = join(folder, 'ed25519.pub')
    const [, print] = execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' }).split(' ')
    expect(offer?.value).toBe(print)
  })

  it('lets nobody in with a key that it does not know', async () => {
    const host = await openTestHost()
    const { port, keys } = await startServer(server ?? '', host)
    const laptop = await openLaptop()
    await laptop.know(`[127.0.0.1]:${port} ${keys.ed25519}`)
    const access = { key: await laptop.keyFile(host.key) }
    const session = await laptop.open({ access, machine: { host: [`root@127.0.0.1:${port}`] } })
    await expect(session.preflight(order(), call)).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
      message: expect.stringContaining('does not let root in with the key'),
    })
  })
})

/** Serves a test host's shell; ends with the test. */
async function startServer(program: string, host: TestHost) {
  const folder = join(host.root, 'sshd')
  mkdirSync(folder, { mode: 0o700 })
  for (const type of ['ed25519', 'rsa']) makeKeyFile(join(folder, type), type)
  const identity = join(folder, 'identity')
  makeKeyFile(identity, 'ed25519')
  const port = await freePort()
  const config = join(folder, 'config')
  writeFileSync(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(folder, 'ed25519')}`,
      `HostKey ${join(folder, 'rsa')}`,
      `AuthorizedKeysFile ${identity}.pub`,
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'PidFile none',
      `SetEnv KONTENA_ROOT=${host.root} PATH=${join(host.root, 'programs')}`,
      '',
    ].join('\n'),
  )
  // Where a server of root keeps its child that may do nothing.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const child = spawn(program, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    child.kill()
    await ended
  })
  let log = ''
  child.stderr.on('data', (chunk) => {
    log += String(chunk)
  })
  await vi.waitFor(() => expect(log).toContain('Server listening'), 10_000)
  return {
    port,
    folder,
    identity,
    keys: { ed25519: publicKey(folder, 'ed25519'), rsa: publicKey(folder, 'rsa') },
  }
}

function makeKeyFile(file: string, type: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'test', '-f', file])
}

function publicKey(folder: string, name: string): string {
  return readFileSync(join(folder, `${name}.pub`), 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
