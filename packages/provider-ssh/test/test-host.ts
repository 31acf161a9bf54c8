import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type AuthContext, type Connection, Server, type ServerChannel, utils } from 'ssh2'
import { afterEach } from 'vitest'
import { installFake, installFakes } from './fake-programs.ts'

/** A host in this process: a real SSH server, a real shell, and everything that may change in a scratch folder. */
export interface TestHost {
  readonly port: number
  /** As `--host` takes it. */
  readonly target: string
  readonly root: string
  /** The private key that logs in. */
  readonly key: string
  readonly keyPair: KeyPair
  readonly hostKey: KeyPair
  /** Connections so far, also those whose login failed. */
  readonly connections: () => number
  /** Commands so far. */
  readonly commands: string[]
  /** Writes a file below the host's root. */
  write(path: string, text: string): Promise<void>
  /** Undefined where there is none. */
  read(path: string): Promise<string | undefined>
  /** Takes a file or folder away. */
  remove(path: string): Promise<void>
  /** Replaces one of its programs. */
  program(name: string, body: string): Promise<void>
  /** Says something a fake program says: its file in the folder `fake`. */
  fake(name: string, text: string): Promise<void>
  /** Ends every connection at once, as a cable does. */
  cut(): void
  /** Cuts the connection when so much of the next command's output has gone. */
  cutNext(when: 'before' | 'after'): void
  close(): Promise<void>
}

export interface KeyPair {
  readonly private: string
  /** As known_hosts has it: type and base64. */
  readonly public: string
}

export interface TestHostOptions {
  /** What its SSH server lets in; a key by default. */
  readonly login?: 'key' | 'password' | 'nobody'
  readonly hostKeys?: readonly KeyPair[]
  readonly key?: KeyPair
  /** A free one where absent. */
  readonly port?: number
  /** `never`: whoever asks for a way through it gets no answer. */
  readonly forwards?: 'never'
}

const opened: TestHost[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((host) => host.close()))
})

/** The generator makes one now and then that its own parser does not take. */
export function makeKey(type: 'ed25519' | 'ecdsa' = 'ed25519'): KeyPair {
  for (;;) {
    const pair =
      type === 'ed25519'
        ? utils.generateKeyPairSync('ed25519')
        : utils.generateKeyPairSync('ecdsa', { bits: 256 })
    if (utils.parseKey(pair.private) instanceof Error) continue
    return { private: pair.private, public: pair.public.split(' ').slice(0, 2).join(' ') }
  }
}

/** Opens a host that can become a node; it closes with the test. */
export async function openTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const root = await mkdtemp(join(tmpdir(), 'host-'))
  const programs = join(root, 'programs')
  await installFakes(programs)
  const key = options.key ?? makeKey()
  const hostKeys = options.hostKeys ?? [makeKey()]
  const commands: string[] = []
  const live = new Set<Connection>()
  let count = 0
  let cutting: 'before' | 'after' | undefined
  const cut = (): void => {
    for (const connection of live) endAbruptly(connection)
  }

  const server = new Server({ hostKeys: hostKeys.map((pair) => pair.private) }, (connection) => {
    count += 1
    live.add(connection)
    connection.on('error', () => undefined)
    connection.on('close', () => live.delete(connection))
    connection.on('authentication', (attempt) => judge(attempt, options.login ?? 'key', key.public))
    connection.on('ready', () => {
      connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
        if (options.forwards === 'never') return
        const socket = connect(destPort, destIP)
        socket.once('error', () => reject?.())
        socket.once('connect', () => {
          const channel = accept?.()
          channel?.pipe(socket).pipe(channel)
        })
      })
      connection.on('session', (accept) => {
        accept().on('exec', (acceptExec, _reject, { command }) => {
          commands.push(command)
          const when = cutting
          cutting = undefined
          if (when === 'before') cut()
          else runCommand(acceptExec(), command, { root, programs, atEnd: when && cut })
        })
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = addressOf(server)

  const host: TestHost = {
    port,
    target: `root@127.0.0.1:${port}`,
    root,
    key: key.private,
    keyPair: key,
    hostKey: hostKeys[0] ?? makeKey(),
    connections: () => count,
    commands,
    write: async (path, text) => {
      const file = join(root, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    },
    read: (path) => readFile(join(root, path), 'utf8').catch(() => undefined),
    remove: (path) => rm(join(root, path), { recursive: true }),
    program: (name, body) => installFake(programs, name, body),
    fake: (name, text) => host.write(`fake/${name}`, text),
    cut,
    cutNext: (when) => {
      cutting = when
    },
    close: async () => {
      cut()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await endUnits(join(root, 'fake'))
      await rm(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  await furnish(host)
  opened.push(host)
  return host
}

/** Units are processes here, each with a group of its own that its file names. */
async function endUnits(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const text = name.endsWith('.active') ? await readFile(join(folder, name), 'utf8') : ''
    const group = Number(text)
    if (!Number.isInteger(group) || group < 2) continue
    try {
      process.kill(-group, 'SIGKILL')
    } catch {
      // It has ended in the meantime.
    }
  }
}

/** What every host that can become a node has. */
async function furnish(host: TestHost): Promise<void> {
  await host.write(
    'etc/os-release',
    'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\nVERSION_ID="12"\n',
  )
  await host.write('etc/machine-id', `${host.port}`.padStart(32, '0'))
  await host.write('proc/meminfo', 'MemTotal:        2030000 kB\n')
  await host.write('proc/self/mounts', '/dev/vda1 / ext4 rw,relatime 0 0\n')
  await host.write('proc/uptime', '1000.00 900.00\n')
  await host.write('run/systemd/system/.keep', '')
  await host.write('var/lib/.keep', '')
  await host.fake('calls', '')
  await host.fake('ss', '')
}

function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens nowhere')
  return address
}

function judge(attempt: AuthContext, login: TestHostOptions['login'], key: string): void {
  const methods: ('publickey' | 'password')[] = login === 'password' ? [] : ['publickey']
  const isRight =
    attempt.method === 'publickey' &&
    `${attempt.key.algo} ${attempt.key.data.toString('base64')}` === key
  if (login === 'key' && isRight) attempt.accept()
  else attempt.reject([...methods, 'password'])
}

function runCommand(
  channel: ServerChannel,
  command: string,
  { root, programs, atEnd }: { root: string; programs: string; atEnd: (() => void) | undefined },
): void {
  const shell = spawn('sh', ['-c', command], {
    env: {
      PATH: programs,
      KONTENA_ROOT: root,
      SSH_CONNECTION: '198.51.100.1 50000 192.0.2.1 22',
    },
  })
  channel.pipe(shell.stdin).on('error', () => undefined)
  shell.stdout.pipe(channel, { end: false })
  shell.stderr.pipe(channel.stderr, { end: false })
  shell.on('close', (code) => {
    if (atEnd !== undefined) {
      atEnd()
      return
    }
    channel.exit(code ?? 1)
    channel.end()
  })
}

/** Without the farewell that `end` sends. */
function endAbruptly(connection: Connection): void {
  const socket: unknown = Reflect.get(connection, '_sock')
  if (typeof socket === 'object' && socket !== null && 'destroy' in socket) {
    const { destroy } = socket
    if (typeof destroy === 'function') destroy.call(socket)
  } else connection.end()
}
