import proxyAddress from '@fastify/proxy-addr'
import type { FastifyInstance } from 'fastify'
import { openEventFeed } from './feed/event-feed.ts'
import { openGateway } from './gateway/gateway.ts'
import { failureLimit } from './http/failure-limit.ts'
import { type HttpOptions, openHttpApp } from './http/http-app.ts'
import { trackSockets } from './http/open-sockets.ts'
import { unknownAddress } from './http/remember-addresses.ts'
import { addJobs } from './jobs/jobs.ts'
import { addRoutes } from './routes/add-routes.ts'
import { hashContent } from './secrets/secrets.ts'
import type { FormerAgents } from './start/former-agents.ts'
import type { Store } from './store/store.ts'

export interface AppOptions extends HttpOptions {
  store: Store
  clock: () => Date
  /** The agent as one file, handed out to machines. */
  agentBundle: Buffer
  /** Agents that it handed out before. */
  formerAgents?: FormerAgents
  /** The master's identity, from {@link Store.uuid}. */
  uuid: string
  /** Where machines and people reach this master. */
  publicUrl?: string
  /** PEM of the authority behind {@link HttpOptions.tls}, where this master made it. */
  ca?: string
  /** Milliseconds between pings to an agent. */
  keepaliveInterval?: number
  /** Milliseconds until an agent that does not answer a ping counts as gone. */
  pingTimeout?: number
  /** Milliseconds that changes of a grid are gathered before its agents are told. */
  announceDelay?: number
  /** Milliseconds that an agent has to answer what it is asked. */
  askTimeout?: number
  /** Milliseconds of silence after which a stream of events shows that it is alive. */
  heartbeat?: number
}

/** The whole master without a listening port: REST API, and the agents' WebSocket at `/`. */
export function buildApp(options: AppOptions): FastifyInstance {
  const { store, clock, version, uuid, publicUrl, agentBundle, ca } = options
  const { keepaliveInterval = 30_000, pingTimeout = 5_000 } = options
  const app = openHttpApp(options)
  const bundleHash = hashContent(agentBundle)
  const trusts = proxyAddress.compile(options.trustProxy ?? [])
  const gateway = openGateway({
    store,
    clock,
    version,
    agentBundle: bundleHash,
    log: app.log,
    addressOf: (request) => proxyAddress(request, trusts) ?? unknownAddress,
    keepaliveInterval,
    pingTimeout,
    announceDelay: options.announceDelay ?? 1_000,
  })
  app.server.on('upgrade', gateway.upgrade)
  const feed = openEventFeed(store)
  const cutSockets = trackSockets(app.server)
  app.addHook('preClose', async () => {
    await Promise.all([gateway.close(), feed.close()])
    cutSockets()
  })
  addJobs(app, { store, clock, agents: gateway, keepalive: keepaliveInterval + pingTimeout })
  addRoutes(app, {
    store,
    clock,
    limit: failureLimit({ clock }),
    agents: gateway,
    uuid,
    publicUrl,
    meta: { store, uuid, version, publicUrl, bundleHash, ca },
    bundle: { content: agentBundle, hash: bundleHash, former: options.formerAgents },
    feed,
    heartbeat: options.heartbeat ?? 15_000,
    askTimeout: options.askTimeout ?? 10_000,
  })
  return app
}
