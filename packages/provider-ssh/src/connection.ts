import type { Duplex } from 'node:stream'
import { type Call, isFailure, rejectOnAbort } from '@kontena/core'
import { NodeSSH } from 'node-ssh'
import type { AuthenticationType } from 'ssh2'
import { explainConnection, failure, type Login, lost, tooSlow } from './errors.ts'
import { fingerprintOf, type HostKey, orderAlgorithms, readHostKey } from './host-key.ts'
import type { Identity } from './identities.ts'
import type { Verification } from './trust.ts'

/** An account on a host, logged in to. */
export interface Connection {
  /** Of the key that the host proved to have. */
  readonly fingerprint: string
  isOpen(): boolean
  /**
   * Runs a command of the account's shell. Rejects with `UNAVAILABLE` where nobody knows whether it ran to
   * its end. An aborted run ends the connection, as nothing else ends a command over SSH for sure.
   */
  run(command: Command, call: Call): Promise<Finished>
  /** A way through this host to another one. */
  forward(host: string, port: number): Promise<Duplex>
  close(): void
}

export interface Command {
  readonly line: string
  readonly stdin: string
  /** Milliseconds. */
  readonly timeout: number
}

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface ConnectOptions {
  /** The host's name for messages. */
  readonly name: string
  readonly user: string
  readonly identities: readonly Identity[]
  readonly socket: Duplex
  readonly verification: Verification
  /** Types of host keys that were not good and are not asked for again; one more is added to them. */
  readonly refused: Set<string>
}

/** Milliseconds for key exchange and login. */
const loginTimeout = 20_000
/** Milliseconds for a jump host to say whether it reaches the next one. */
const forwardTimeout = 20_000
/** A host that went away in the middle of a command is noticed after three of these. */
const keepalive = 10_000
/** Characters; what a host says goes into memory, and no script of ours says so much. */
const mostOutput = 4_000_000

/** What was found out on the way, which a failure needs to be explained. */
interface Seen {
  key: HostKey | undefined
  methods: readonly AuthenticationType[] | undefined
}

/** Proves the host's key and logs in. Rejects with a failure that names the host. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { name, user, identities, socket, verification, refused } = options
  const client = new NodeSSH()
  const seen: Seen = { key: undefined, methods: undefined }
  try {
    await client.connect({
      sock: socket,
      username: user,
      readyTimeout: loginTimeout,
      keepaliveInterval: keepalive,
      algorithms: { serverHostKey: orderAlgorithms(verification.knownTypes, refused) },
      hostVerifier: (data: Buffer) => {
        seen.key = readHostKey(data)
        return verification.accepts(seen.key)
      },
      authHandler: loginSteps(user, identities, seen),
    })
  } catch (error) {
    socket.destroy()
    const keys = identities.map(({ label }) => label)
    const isTrusted = seen.key !== undefined && verification.accepts(seen.key)
    if (seen.key !== undefined && !isTrusted) {
      refused.add(seen.key.type)
      throw verification.refusal(seen.key, name)
    }
    const login: Login = { user, keys, methods: seen.methods, trusted: isTrusted }
    throw explainConnection(name, error, login)
  }
  const fingerprint = seen.key === undefined ? '' : fingerprintOf(seen.key)
  return openConnection(client, { name, fingerprint, socket })
}

/** First asks which ways there are, then tries one key after another while keys are taken at all. */
function loginSteps(user: string, identities: readonly Identity[], seen: Seen) {
  const steps = identities.map(({ proof }) => ({ ...proof, username: user }))
  let asked = false
  return (left: AuthenticationType[] | null) => {
    if (!asked) {
      asked = true
      return { type: 'none' as const, username: user }
    }
    seen.methods = left ?? undefined
    const takesKeys = left?.includes('publickey') ?? true
    return takesKeys ? (steps.shift() ?? false) : false
  }
}

function openConnection(
  client: NodeSSH,
  { name, fingerprint, socket }: { name: string; fingerprint: string; socket: Duplex },
): Connection {
  // Without a listener, a connection that breaks while nothing runs would end the process.
  client.connection?.on('error', () => undefined)
  const close = (): void => {
    client.dispose()
    socket.destroy()
  }
  return {
    fingerprint,
    isOpen: () => client.isConnected() && !socket.destroyed,
    close,
    forward: async (host, port) => {
      const limit = AbortSignal.timeout(forwardTimeout)
      try {
        return await rejectOnAbort(client.forwardOut('127.0.0.1', 0, host, port), limit)
      } catch (error) {
        throw failure(
          name,
          {
            code: 'UNAVAILABLE',
            text: `cannot reach ${host} on port ${port}`,
            hint: 'check --jump and the address, and that the jump host may forward connections',
          },
          error,
        )
      }
    },
    run: async ({ line, stdin, timeout }, { signal }) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
      let size = 0
      const count = (chunk: Buffer): void => {
        size += chunk.length
        if (size > mostOutput) close()
      }
      try {
        const { code, stdout, stderr } = await rejectOnAbort(
          client.execCommand(line, { stdin, onStdout: count, onStderr: count }),
          limit,
        )
        if (code === null) throw failure(name, lost)
        return { code, stdout, stderr }
      } catch (error) {
        if (limit.aborted) close()
        signal.throwIfAborted()
        if (isFailure(error)) throw error
        throw failure(name, limit.aborted ? tooSlow : lost, error)
      }
    },
  }
}
