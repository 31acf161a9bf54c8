import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type AppOptions, buildApp } from '../app.ts'
import { serveBackups } from '../backup/serve-backups.ts'
import type { Store } from '../store/store.ts'
import { chooseTls } from '../tls/choose-tls.ts'
import { keepCertificateCurrent } from '../tls/keep-certificate-current.ts'
import { inDataDir, openStore } from './data-directory.ts'
import { createFirstAdmin, replaceAdminCode } from './first-admin.ts'
import { keepFormerAgents } from './former-agents.ts'
import { checkListening, listenFailure, listeningUrl } from './listening.ts'
import { seedConfiguration } from './seed-configuration.ts'
import { errorCode, MasterStartError } from './start-error.ts'

export interface MasterOptions {
  host?: string
  port?: number
  /** Directory of the database and of keys; made where it is missing. */
  dataDir: string
  /** Where machines and people reach this master. */
  publicUrl?: string
  /** Serve TLS with a certificate of the master's own authority. */
  tls?: boolean
  /** Files with a given certificate and its key, in PEM. */
  tlsCert?: string
  tlsKey?: string
  /** The agent as one file, or its path. */
  agentBundle: string | Buffer
  /** The key that seals secrets in the database: a file, made at the first start, or the key itself (32 characters or more). */
  keyFile?: string
  vaultKey?: string
  /** Addresses (CIDR) of balancers whose `X-Forwarded-For` is believed. */
  trustProxy?: string | string[]
  /** Serve plain HTTP to other hosts too. */
  insecureHttp?: boolean
  version?: string
  /** One-time code for the first login; random where absent. Read at the first start only. */
  adminCode?: string
  /** Settings, as `server.name`, for what nobody has set yet. */
  settings?: Readonly<Record<string, string>>
  /** Makes a new one-time code for `admin`, for an operator who lost the last login. */
  resetAdminCode?: boolean
  /** Milliseconds between pings to an agent, and until one without an answer counts as gone. */
  keepaliveInterval?: number
  pingTimeout?: number
  /** Milliseconds between looks at the certificate: a day for the master's own, a minute for a given one. */
  certificateInterval?: number
  clock?: () => Date
}

/** What a running master tells. `line` is a log entry as one line of JSON, without secrets. */
export type MasterEvent = { type: 'log'; line: string }

export interface RunningMaster {
  /** Where it listens. */
  readonly url: string
  readonly uuid: string
  /** One-time code for `kontena master login`; only at the first start, or after a reset. */
  readonly adminCode: string | undefined
  /** PEM of the master's own authority, and the SHA-256 of its DER in hex. */
  readonly caPem: string | undefined
  readonly caSha256: string | undefined
  /** Ends connections, tells the agents, closes the database. May be called again. */
  close(): Promise<void>
}

export const masterVersion = '2.0.0'

/** Starts a master. Prints nothing. Throws {@link MasterStartError} for all that an operator can set right. */
export async function startMaster(
  options: MasterOptions,
  emit: (event: MasterEvent) => void = () => {},
): Promise<RunningMaster> {
  const { host = '127.0.0.1', port = 9292, dataDir, clock = () => new Date() } = options
  checkListening({ ...options, host, port })
  const agentBundle = readBundle(options.agentBundle)
  const store = openStore(options, (error) => emit(defect(error)))
  const closers: Closer[] = [store.close]
  try {
    const { uuid, tls, formerAgents } = await inDataDir(dataDir, async () => {
      await store.disconnectAll(clock())
      await seedConfiguration(store, options.settings ?? {}, clock())
      const identity = await store.uuid()
      return {
        uuid: identity,
        tls: await chooseTls({ ...options, host, uuid: identity, now: clock() }),
        formerAgents: keepFormerAgents(join(dataDir, 'agents'), agentBundle),
      }
    })
    const app = build({
      store,
      clock,
      uuid,
      agentBundle,
      formerAgents,
      version: options.version ?? masterVersion,
      publicUrl: options.publicUrl,
      trustProxy: options.trustProxy,
      keepaliveInterval: options.keepaliveInterval,
      pingTimeout: options.pingTimeout,
      tls: tls?.server,
      ca: tls?.own?.ca,
      logger: { level: 'info', stream: lineStream(emit) },
    })
    closers.push(() => app.close())
    await listen(app, { host, port })
    const interval = options.certificateInterval
    closers.push(keepCertificateCurrent(app, tls, { clock, interval }))
    closers.push(await serveBackups({ ...options, store, uuid, clock, log: app.log }))
    return {
      url: listeningUrl(app, { host, isSecure: tls !== undefined }),
      uuid,
      // The last thing that may fail, because a code is shown only once.
      adminCode: await inDataDir(dataDir, () => loginCode(store, options, clock())),
      caPem: tls?.own?.ca,
      caSha256: tls?.own?.caSha256,
      close: once(() => closeAll(closers)),
    }
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

type Closer = () => void | Promise<void>

/** The last that was opened is closed first, and one that fails keeps no other open. */
async function closeAll(closers: readonly Closer[]): Promise<void> {
  const [last, ...others] = [...closers].reverse()
  if (last === undefined) return
  try {
    await last()
  } finally {
    await closeAll(others.reverse())
  }
}

function readBundle(bundle: string | Buffer): Buffer {
  if (typeof bundle !== 'string') return bundle
  try {
    return readFileSync(bundle)
  } catch (error) {
    throw new MasterStartError(
      `the agent at ${bundle} cannot be read (${errorCode(error)})`,
      'in a checkout, build it with npm run build',
      { cause: error },
    )
  }
}

async function loginCode(
  store: Store,
  options: MasterOptions,
  now: Date,
): Promise<string | undefined> {
  const first = await createFirstAdmin(store, options.adminCode, now)
  if (first !== undefined || options.resetAdminCode !== true) return first
  return replaceAdminCode(store, now)
}

/** For what goes wrong outside of any request. */
function defect(error: unknown): MasterEvent {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { type: 'log', line: JSON.stringify({ level: 50, msg: 'a listener failed', reason }) }
}

function lineStream(emit: (event: MasterEvent) => void) {
  return { write: (line: string) => emit({ type: 'log', line: line.trimEnd() }) }
}

function build(options: AppOptions): FastifyInstance {
  try {
    return buildApp(options)
  } catch (error) {
    if (!(error instanceof TypeError) || !error.message.includes('IP')) throw error
    throw new MasterStartError(
      `the addresses of trusted proxies are wrong: ${error.message}`,
      'write them as CIDR, as in --trust-proxy 10.0.0.0/8',
      { cause: error },
    )
  }
}

/**
 * Connections that may wait to be taken, as far as the system allows (`net.core.somaxconn`). Where the
 * queue is full, agents that come back after a restart wait for their repeats, or give up, and their
 * attempts may be seen in another order than they were made in.
 */
const backlog = 4096

async function listen(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<void> {
  const { level } = app.log
  try {
    // Whoever started it tells where it listens.
    app.log.level = 'warn'
    await app.listen({ host, port, backlog })
    app.log.level = level
  } catch (error) {
    throw listenFailure(error, host, port)
  }
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined
  return () => {
    closing ??= close()
    return closing
  }
}
