import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type AuthContext, Server, type ServerChannel, utils } from 'ssh2'

/** An SSH server on loopback that lets one account with one key in and runs nothing. */
export interface SshServer {
  readonly port: number
  /** Its public host keys, as an enrolling machine reports them. */
  readonly hostKeys: readonly string[]
  /** Private key that it lets in, in OpenSSH's format. */
  readonly identity: string
  /** Lines that were to be run, as they arrived. */
  readonly commands: readonly string[]
  close(): Promise<void>
}

export interface SshServerOptions {
  readonly user?: string
  readonly host?: string
  /** Exit code of whatever is run. */
  readonly exitCode?: number
}

/** The generator makes one now and then that neither its own parser nor OpenSSH takes. */
function makeKeyPair() {
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519')
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair
  }
}

/** Makes its keys anew: another one is another machine. */
export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const { user = 'debian', host = '127.0.0.1', exitCode = 0 } = options
  const hostKeys = [makeKeyPair(), utils.generateKeyPairSync('rsa', { bits: 2048 })]
  const identity = makeKeyPair()
  const commands: string[] = []
  const server = new Server({ hostKeys: hostKeys.map((pair) => pair.private) }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', (context) => {
      if (mayEnter(context, { user, key: identity.public })) context.accept()
      else context.reject(['publickey'])
    })
    client.on('session', (accept) => {
      const session = accept()
      session.on('pty', (accept) => accept())
      session.on('exec', (accept, _reject, { command }) => {
        commands.push(command)
        answer(accept(), exitCode)
      })
      session.on('shell', (accept) => {
        commands.push('')
        answer(accept(), exitCode)
      })
    })
  })
  server.listen(0, host)
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    hostKeys: hostKeys.map((pair) => pair.public.split(' ').slice(0, 2).join(' ')),
    identity: identity.private,
    commands,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function mayEnter(context: AuthContext, { user, key }: { user: string; key: string }): boolean {
  if (context.method !== 'publickey' || context.username !== user) return false
  return context.key.data.toString('base64') === key.split(' ')[1]
}

function answer(channel: ServerChannel, exitCode: number): void {
  channel.write('hello from the machine\n')
  channel.stderr.write('and from its stderr\n')
  channel.exit(exitCode)
  channel.end()
}
