import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readHostKeys } from '../../src/ssh/host-key.ts'
import { openSshLab, type SshLab } from './ssh-lab.ts'
import { type SshServer, type SshServerOptions, startSshServer } from './ssh-server.ts'

let lab: SshLab
let server: SshServer
let identity: string

beforeAll(async () => {
  lab = await openSshLab()
  server = await startSshServer()
  identity = await lab.writeFile('identity', server.identity)
  await lab.addNode('web-1', { hostKeys: server.hostKeys, user: 'debian' })
})
afterAll(async () => {
  await server.close()
  await lab.close()
})

const ssh = (...words: string[]) =>
  lab.kontena(['node', 'ssh', '-i', identity, '-p', String(server.port), ...words])

/** A machine that has enrolled as that node, with keys and a server of its own. */
async function addMachine(name: string, options: SshServerOptions = {}): Promise<SshServer> {
  const other = await startSshServer(options)
  onTestFinished(() => other.close())
  await lab.addNode(name, { hostKeys: other.hostKeys, user: 'debian' })
  return other
}

describe('kontena node ssh', () => {
  it('runs a command on the machine that enrolled, and asks nothing', async () => {
    const result = await ssh('web-1', 'uname', '-a')
    expect(result).toMatchObject({
      exitCode: 0,
      stdout: 'hello from the machine',
      stderr: 'and from its stderr',
    })
    expect(server.commands.at(-1)).toBe('uname -a')
  })

  it('opens a shell where no command is given', async () => {
    expect(await ssh('web-1')).toMatchObject({ exitCode: 0, stdout: 'hello from the machine' })
    expect(server.commands.at(-1)).toBe('')
  })

  it.each([
    [['echo', 'a  b', "it's", '$HOME', '*'], `echo 'a  b' 'it'\\''s' '$HOME' '*'`],
    [['--', 'ls', '-la', '--', '-x'], 'ls -la -- -x'],
    [['docker ps | wc -l'], 'docker ps | wc -l'],
    [
      ['df', '-h', '-v', '-D', '--json', '--version', '--grid', '-i'],
      'df -h -v -D --json --version --grid -i',
    ],
    [['echo', ''], "echo ''"],
  ])('lets %j arrive as it was typed', async (words, line) => {
    expect(await ssh('web-1', ...words)).toMatchObject({ exitCode: 0 })
    expect(server.commands.at(-1)).toBe(line)
  })

  it.each([3, 255])('ends with %i where the command does, and has nothing to add', async (code) => {
    const machine = await addMachine(`z-${code}`, { exitCode: code })
    const key = await lab.writeFile(`key-${code}`, machine.identity)
    const flags = ['-i', key, '-p', String(machine.port)]
    const result = await lab.kontena(['node', 'ssh', ...flags, `z-${code}`, 'false'])
    expect(result).toMatchObject({ exitCode: code, stderr: 'and from its stderr' })
  })

  it('takes no other machine for the one that enrolled', async () => {
    const impostor = await startSshServer()
    onTestFinished(() => impostor.close())
    const flags = ['-i', identity, '-p', String(impostor.port)]
    const result = await lab.kontena(['node', 'ssh', ...flags, 'web-1', 'id'])
    expect(result).toMatchObject({ exitCode: 255, stdout: '' })
    expect(result.stderr).toMatch(
      /^ \[error\] the machine that answers at 127\.0\.0\.1 is not the one that enrolled as web-1: its SSH host key SHA256:[\w+/]{43} is none of those on record\nhint: /,
    )
    const [shown] = readHostKeys(impostor.hostKeys)
    expect(result.stderr).toContain(shown?.fingerprint ?? 'a key')
    expect(impostor.commands).toEqual([])
  })

  it('believes neither the known_hosts nor the configuration of whoever types it', async () => {
    const impostor = await startSshServer()
    onTestFinished(() => impostor.close())
    const known = impostor.hostKeys.map((key) => `* ${key}\nkontena-node ${key}\n`).join('')
    const file = await lab.writeFile('known_hosts', known)
    const config = await lab.writeFile(
      'config',
      [
        'Host *',
        '  StrictHostKeyChecking no',
        '  NoHostAuthenticationForLocalhost yes',
        '  HostKeyAlias anything',
        '  LogLevel QUIET',
        `  UserKnownHostsFile ${file}`,
        `  GlobalKnownHostsFile ${file}`,
        `  KnownHostsCommand /bin/cat ${file}`,
        '',
      ].join('\n'),
    )
    await lab.writeFile('none', known)
    const folder = await lab.addProgram('ssh', `PATH=$OLD_PATH exec ssh -F '${config}' "$@"`)
    const argv = ['node', 'ssh', '-i', identity, '-p', String(impostor.port), 'web-1', 'id']
    const path = process.env.PATH ?? ''
    const result = await lab.kontena(argv, { env: { PATH: `${folder}:${path}`, OLD_PATH: path } })
    expect(result).toMatchObject({ exitCode: 255, stdout: '' })
    expect(result.stderr).toContain('is not the one that enrolled as web-1')
    const honest = ['node', 'ssh', '-i', identity, '-p', String(server.port), 'web-1', 'id']
    expect(
      await lab.kontena(honest, { env: { PATH: `${folder}:${path}`, OLD_PATH: path } }),
    ).toMatchObject({ exitCode: 0 })
  })

  it('says whom the machine does not let in, and what may help', async () => {
    const stranger = await startSshServer()
    await stranger.close()
    const key = await lab.writeFile('stranger', stranger.identity)
    const port = String(server.port)
    const result = await lab.kontena(['node', 'ssh', '-i', key, '-p', port, 'web-1', 'id'])
    expect(result).toMatchObject({ exitCode: 255, stdout: '' })
    expect(result.stderr).toContain(' [error] web-1 does not let debian in with what was offered\n')
    expect(result.stderr).toContain('hint: name a key with --identity-file')
  })

  it('says where nobody answers', async () => {
    const gone = await startSshServer()
    await gone.close()
    const result = await lab.kontena(['node', 'ssh', '-p', String(gone.port), 'web-1', 'id'])
    expect(result).toMatchObject({ exitCode: 255, stdout: '' })
    expect(result.stderr).toContain(
      ` [error] web-1 cannot be reached at 127.0.0.1 port ${gone.port}: Connection refused\n`,
    )
  })

  it('tells a failure as JSON where that is asked for before the name', async () => {
    const gone = await startSshServer()
    await gone.close()
    const argv = ['node', 'ssh', '--json', '-p', String(gone.port), 'web-1']
    const { exitCode, stdout } = await lab.kontena(argv)
    expect(exitCode).toBe(255)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'UNAVAILABLE' } })
  })
})

describe('the node that is meant', () => {
  it('is whichever is online with --any', async () => {
    expect(await ssh('--any', '--', 'uptime', '-p')).toMatchObject({ exitCode: 0 })
    expect(server.commands.at(-1)).toBe('uptime -p')
  })

  it.each([
    [['--any', 'web-1'], 2, 'Cannot combine --any with a node name'],
    [['web-1', '-u', 'root'], 2, '-u stands behind the name, where the command does'],
    [[], 2, 'No node name given. Use --any to connect to any online node'],
    [['web-9'], 1, 'grid prod has no node web-9'],
    [['../prod/web-1'], 1, 'grid prod has no node ../prod/web-1'],
    [['web-1?x'], 1, 'grid prod has no node web-1?x'],
    [[''], 1, 'grid prod has no node'],
    [['--', '-oProxyCommand=id'], 1, 'grid prod has no node -oProxyCommand=id'],
    [['--grid', 'test', 'web-1'], 1, 'master test has no grid test'],
  ])('cannot be found by %j', async (words, exitCode, message) => {
    const result = await ssh(...words)
    expect(result).toMatchObject({ exitCode, stdout: '' })
    expect(result.stderr).toContain(` [error] ${message}\n`)
  })

  it('must be one of the provider that is named', async () => {
    const flags = ['-i', identity, '-p', String(server.port), 'web-1', 'id']
    expect(await lab.kontena(['aws', 'node', 'ssh', ...flags])).toMatchObject({ exitCode: 0 })
    const wrong = await lab.kontena(['azure', 'node', 'ssh', ...flags])
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' })
    expect(wrong.stderr).toBe(
      ' [error] web-1 was made by aws, not by azure\nhint: use: kontena node ssh web-1',
    )
    const none = await lab.kontena(['azure', 'node', 'ssh', '--any', '--', 'id'])
    expect(none.stderr).toContain('There are no online nodes')
  })

  it('is refused where its machine reported no keys, whatever else is known', async () => {
    await lab.addNode('no-keys', { user: 'debian' })
    const result = await ssh('no-keys', 'id')
    expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    expect(result.stderr).toBe(
      ' [error] no-keys has no SSH host keys on record, so no machine can be told to be its own\n' +
        'hint: machines report them when they enrol; your own ssh may know this one: ssh debian@127.0.0.1',
    )
  })

  it('needs an account, which a flag can name', async () => {
    await lab.addNode('no-user', { hostKeys: server.hostKeys })
    const result = await ssh('no-user', 'id')
    expect(result).toMatchObject({ exitCode: 2, stdout: '' })
    expect(result.stderr).toContain('nobody knows which account of no-user a key opens')
    expect(await ssh('-u', 'debian', 'no-user', 'id')).toMatchObject({ exitCode: 0 })
  })

  it('is told with care where a second machine claimed to be it', async () => {
    const report = { hostKeys: server.hostKeys, user: 'debian', isContested: true }
    await lab.addNode('zz-claimed', report)
    expect(await ssh('zz-claimed', 'id')).toMatchObject({
      exitCode: 0,
      stderr:
        ' [warn] a second machine tried to pass itself off as zz-claimed when it enrolled\n' +
        'and from its stderr',
    })
  })

  it('needs an address, which its agent reports', async () => {
    const report = { hostKeys: server.hostKeys, user: 'debian', isOffline: true }
    await lab.addNode('no-address', report)
    const result = await ssh('no-address', 'id')
    expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    expect(result.stderr).toContain('no-address has no such address on record')
  })
})

describe('kontena node show', () => {
  it('tells the account and the fingerprints, as ssh-keygen does', async () => {
    const { stdout } = await lab.test.run(['node', 'show', 'web-1'])
    expect(stdout).toMatch(
      / {2}ssh user: debian\n {2}host keys:\n {4}- ssh-ed25519 SHA256:[\w+/]{43}\n {4}- ssh-rsa SHA256:[\w+/]{43}\n/,
    )
  })
})
