import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { commandWords, openSshLab, type SshLab } from './ssh-lab.ts'

/** OpenSSH's server stands where root looks for programs, which others' PATH leaves out. */
const server = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  .map((folder) => join(folder, 'sshd'))
  .find((file) => existsSync(file))

if (server === undefined) {
  process.stdout.write('skipped: OpenSSH with its own server, as there is no sshd here\n')
}

describe.runIf(server !== undefined)("OpenSSH's own server", () => {
  let lab: SshLab
  let port: number
  let stop: () => Promise<unknown>

  beforeAll(async () => {
    lab = await openSshLab()
    port = await freePort()
    stop = await startServer(server ?? '', lab.test.folder, port)
    const hostKeys = ['ed25519', 'rsa'].map((type) => publicKey(lab.test.folder, `host_${type}`))
    await lab.addNode('web-1', { hostKeys })
    await lab.addNode('other', { hostKeys: [publicKey(lab.test.folder, 'identity')] })
  })
  afterAll(async () => {
    await stop()
    await lab.close()
  })

  /** The account that runs the tests, as no other can be logged in to. */
  const flags = () => ['-u', userInfo().username, '-p', String(port), '-i', 'identity']

  it('lets the command in by the keys that the machine reported', async () => {
    const result = await lab.kontena([
      'node',
      'ssh',
      ...flags(),
      'web-1',
      'printf',
      '%s|',
      'a  b',
      '$HOME',
      "it's",
    ])
    expect(result).toMatchObject({ exitCode: 0, stdout: "a  b|$HOME|it's|", stderr: '' })
  })

  it('is a stranger where it has other keys', async () => {
    const result = await lab.kontena(['node', 'ssh', ...flags(), 'other', 'id'])
    expect(result).toMatchObject({ exitCode: 255, stdout: '' })
    expect(result.stderr).toContain('is not the one that enrolled as other')
  })

  it('gives a command the terminal that it is typed at, and says farewell', async () => {
    const { folder } = lab.test
    const words = ['node', 'ssh', '-t', ...flags(), 'web-1', 'tty']
    const line = commandWords(words).map((word) => `'${word}'`)
    const options = { cwd: folder, env: { HOME: folder }, reject: false }
    const result = await execa('script', ['-qefc', line.join(' '), '/dev/null'], options)
    expect(result.exitCode).toBe(0)
    expect(result.stdout).toMatch(/^\/dev\/pts\/\d+\r?\nConnection to 127\.0\.0\.1 closed\.\r*$/m)
  })

  it('ends with the code of the command, also where that is 255', async () => {
    for (const code of [3, 255]) {
      const result = await lab.kontena(['node', 'ssh', ...flags(), 'web-1', `exit ${code}`])
      expect(result).toMatchObject({ exitCode: code, stderr: '' })
    }
  })
})

async function startServer(program: string, folder: string, port: number) {
  for (const [name, type] of [
    ['host_ed25519', 'ed25519'],
    ['host_rsa', 'rsa'],
    ['identity', 'ed25519'],
  ] as const) {
    await execa('ssh-keygen', ['-q', '-N', '', '-t', type, '-f', join(folder, name)])
  }
  mkdirSync(join(folder, 'server'))
  const keys = join(folder, 'server', 'authorized_keys')
  writeFileSync(keys, `${publicKey(folder, 'identity')}\n`, { mode: 0o600 })
  const options = {
    ListenAddress: `127.0.0.1:${port}`,
    AuthorizedKeysFile: keys,
    PidFile: 'none',
    UsePAM: 'no',
    StrictModes: 'no',
    PermitRootLogin: 'yes',
  }
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const hostKeys = ['host_ed25519', 'host_rsa'].flatMap((name) => ['-h', join(folder, name)])
  const child = spawn(program, ['-D', '-e', '-f', '/dev/null', ...hostKeys, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk) => {
    log += String(chunk)
  })
  await vi.waitFor(() => expect(log).toContain('Server listening'), { timeout: 10_000 })
  return async () => {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
  }
}

/** Type and key, without the comment. */
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
