import { mkdir, readdir } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openSshLab, type SshLab } from './ssh-lab.ts'
import { type SshServer, startSshServer } from './ssh-server.ts'
import { installTiny, type TinyProvider } from './tiny-provider.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)
if (!hasIpv6) process.stdout.write('skipped: logging in by IPv6, as there is none here\n')

let lab: SshLab
let server: SshServer
let tiny: TinyProvider

beforeAll(async () => {
  lab = await openSshLab()
  server = await startSshServer({ user: 'vagrant' })
  const report = { hostKeys: server.hostKeys, user: 'debian' }
  await lab.addNode('web-1', report)
  const machine = { provider: 'tiny', account: 'acme', region: 'here' }
  await lab.addNode('tiny-1', { ...report, machine: { ...machine, id: 't-1' } })
  await lab.addNode('tiny-2', { ...report, machine: { ...machine, id: 't-2' } })
  await lab.addNode('rival', { ...report, machine: { ...machine, account: 'rival', id: 't-3' } })
  tiny = await installTiny(lab.test.folder)
  const identityFile = await lab.writeFile('a key', server.identity)
  const login = { address: 'localhost', port: server.port, user: 'vagrant', identityFile }
  await tiny.write({ machines: [], logins: { 't-1': login }, calls: [] })
})
afterAll(async () => {
  await server.close()
  await lab.close()
})

/** Asked for its version, which is how it is asked what options it knows. */
const asksVersion = 'case "$*" in *-V) exit ;; esac'

/** Runs the command with a program of ours for `ssh`. */
async function withSsh(script: string, words: readonly string[], onVersion = asksVersion) {
  const folder = await lab.addProgram('ssh', `${onVersion}\n${script}`)
  return lab.kontena(['node', 'ssh', ...words], { env: { PATH: `${folder}:${process.env.PATH}` } })
}

const leftOver = async () =>
  (await readdir(lab.test.folder)).filter((name) => name.startsWith('kontena-ssh-'))

describe('the program ssh', () => {
  it('gets the terms of trust, and after them nothing that it takes for an option', async () => {
    const { stdout } = await withSsh('printf "%s\\n" "$@"', [
      '-t',
      '-J',
      'me@hop',
      'web-1',
      '--',
      '-x',
      'y z',
    ])
    const words = stdout.split('\n')
    expect(words.slice(words.indexOf('-t'))).toEqual(['-t', '--', '127.0.0.1', "-x 'y z'"])
    const options = words.filter((_, index) => words[index - 1] === '-o')
    expect(
      options.map((option) =>
        option.replace(/kontena-ssh-\w+/, 'TEMP').replace(lab.test.folder, '/tmp'),
      ),
    ).toMatchInlineSnapshot(`
      [
        "StrictHostKeyChecking=yes",
        "UserKnownHostsFile="/tmp/TEMP/known_hosts"",
        "GlobalKnownHostsFile=/dev/null",
        "HostKeyAlias=kontena-node",
        "UpdateHostKeys=no",
        "VerifyHostKeyDNS=no",
        "CheckHostIP=no",
        "NoHostAuthenticationForLocalhost=no",
        "KnownHostsCommand=none",
        "GSSAPIKeyExchange=no",
        "ControlMaster=no",
        "ControlPath=none",
        "ForwardAgent=no",
        "ForwardX11=no",
        "ConnectTimeout=30",
        "ServerAliveInterval=30",
        "ServerAliveCountMax=4",
        "LogLevel=INFO",
        "User="debian"",
        "ProxyJump=me@hop",
      ]
    `)
  })

  it.each([
    ['knows only what is old', 255, false],
    ['does not say what it knows', 1, true],
  ])('that %s is asked for no more than that', async (_what, code, isAsked) => {
    const onVersion = `case "$*" in *-V) exit ${code} ;; esac`
    const { stdout } = await withSsh('printf "%s\\n" "$@"', ['web-1'], onVersion)
    expect(stdout.includes('KnownHostsCommand=none')).toBe(isAsked)
    expect(stdout.includes('GSSAPIKeyExchange=no')).toBe(isAsked)
    expect(stdout).toContain('StrictHostKeyChecking=yes')
  })

  it('reads the keys of the machine in a file that nobody else can write, and that goes with it', async () => {
    const script = `for word in "$@"; do
  case $word in UserKnownHostsFile=*) file=\${word#*=\\"}; file=\${file%\\"} ;; esac
done
stat -c %a "$file" "\${file%/*}"
cat "$file"`
    const { stdout } = await withSsh(script, ['web-1'])
    const lines = server.hostKeys.map((key) => `kontena-node ${key}`)
    expect(stdout.split('\n')).toEqual(['600', '700', ...lines])
    expect(await leftOver()).toEqual([])
  })

  it('has the input and the output of the command', async () => {
    const folder = await lab.addProgram('ssh', `${asksVersion}\ncat; echo trouble >&2; exit 7`)
    const env = { PATH: `${folder}:${process.env.PATH}` }
    const result = await lab.kontena(['node', 'ssh', 'web-1'], { env, input: 'typed' })
    expect(result).toMatchObject({ exitCode: 7, stdout: 'typed', stderr: 'trouble' })
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'is told of %s, and its end is waited for',
    async (signal) => {
      const folder = await lab.addProgram(
        'ssh',
        `${asksVersion}
trap 'echo told; exit 42' TERM HUP
echo ready
while :; do sleep 0.05; done`,
      )
      const running = lab.kontena(['node', 'ssh', 'web-1'], {
        env: { PATH: `${folder}:${process.env.PATH}` },
      })
      for await (const line of running) {
        if (line === 'ready') running.kill(signal)
      }
      expect(await running).toMatchObject({ exitCode: 42, stdout: 'ready\ntold' })
      expect(await leftOver()).toEqual([])
    },
  )

  it('that a signal ends, ends the command as in a shell', async () => {
    expect(await withSsh('kill -KILL $$', ['web-1'])).toMatchObject({ exitCode: 137 })
  })

  it('takes no line that is longer than the system allows', async () => {
    const words = Array.from({ length: 30 }, () => 'x'.repeat(10_000))
    const result = await withSsh('echo ran', ['web-1', ...words])
    expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    expect(result.stderr).toContain('the program ssh does not start: E2BIG')
    expect(await leftOver()).toEqual([])
  })

  it('finds its files wherever they are', async () => {
    const folder = await lab.addProgram('other', '')
    const temporary = join(folder, "it's 100%h here")
    await mkdir(temporary)
    const env = { ...tiny.env, TMPDIR: temporary }
    expect(await lab.kontena(['node', 'ssh', 'tiny-1', 'id'], { env })).toMatchObject({
      exitCode: 0,
    })
    expect(await readdir(temporary)).toEqual([])
  })

  it('may be missing', async () => {
    const folder = await lab.addProgram('other', '')
    const result = await lab.kontena(['node', 'ssh', 'web-1'], { env: { PATH: folder } })
    expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    expect(result.stderr).toBe(
      ' [error] there is no program ssh on this computer\n' +
        "hint: install OpenSSH's client, as in: apt install openssh-client",
    )
  })

  it('says in one line why it failed, and what it says is not obeyed by the terminal', async () => {
    const script = 'printf "Bad thing \\033[2J happened\\r\\n" > "$2"; exit 255'
    expect(await withSsh(script, ['web-1'])).toMatchObject({
      exitCode: 255,
      stderr: ' [error] ssh to web-1 failed: Bad thing \\x1b[2J happened',
    })
  })

  it('is quoted where it warns and goes on', async () => {
    const script = 'echo "Warning: old" > "$2"'
    expect(await withSsh(script, ['web-1'])).toMatchObject({ exitCode: 0, stderr: 'Warning: old' })
  })
})

describe('a provider that knows how to log in', () => {
  it('is asked by kontena node ssh, with what the environment says of it', async () => {
    const result = await lab.kontena(['node', 'ssh', 'tiny-1', 'id'], { env: tiny.env })
    expect(result).toMatchObject({ exitCode: 0, stdout: 'hello from the machine' })
  })

  it('is asked by its own node ssh, with flags', async () => {
    const argv = ['tiny', 'node', 'ssh', '--file', tiny.env.TINY_FILE, 'tiny-1', 'id', '--file']
    expect(await lab.kontena(argv)).toMatchObject({ exitCode: 0, stdout: 'hello from the machine' })
    expect(server.commands.at(-1)).toBe('id --file')
  })

  it.runIf(hasIpv6)('may know an address of IPv6', async () => {
    const books = await tiny.read()
    const other = await startSshServer({ host: '::1' })
    onTestFinished(() => other.close())
    const identityFile = await lab.writeFile('v6', other.identity)
    const login = { address: '::1', port: other.port, identityFile }
    await tiny.write({ ...books, logins: { ...books.logins, 't-6': login } })
    const machine = { provider: 'tiny', account: 'acme', region: 'here', id: 't-6' }
    await lab.addNode('six', { hostKeys: other.hostKeys, user: 'debian', machine })
    const result = await lab.kontena(['node', 'ssh', 'six', 'id'], { env: tiny.env })
    expect(result).toMatchObject({ exitCode: 0, stdout: 'hello from the machine' })
  })

  it('leaves to the record what it does not know', async () => {
    const argv = ['node', 'ssh', '-p', '1', 'tiny-2', 'id']
    const { stderr } = await lab.kontena(argv, { env: tiny.env })
    expect(stderr).toContain('tiny-2 cannot be reached at 127.0.0.1 port 1: Connection refused')
  })

  it('is not asked about a machine of another account', async () => {
    const result = await lab.kontena(['node', 'ssh', 'rival', 'id'], { env: tiny.env })
    expect(result).toMatchObject({ exitCode: 3, stdout: '' })
    expect(result.stderr).toContain('rival was made in rival here, not in acme here')
  })

  it('says what it lacks', async () => {
    const { exitCode, stderr } = await lab.kontena(['node', 'ssh', 'tiny-1', 'id'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('--file is missing')
  })

  it('may be gone, and the record has to do', async () => {
    const argv = ['node', 'ssh', '-p', '1', 'tiny-1', 'id']
    const { stderr } = await lab.kontena(argv, { env: { NO_PLUGINS: 'yes' } })
    expect(stderr).toContain('tiny-1 cannot be reached at 127.0.0.1 port 1')
  })
})
