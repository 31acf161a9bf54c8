import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import proxyAddress from '@fastify/proxy-addr'
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import { requireLogin } from './access.ts'
import { type EventFeed, openEventFeed } from './feed/event-feed.ts'
import { openGateway } from './gateway/gateway.ts'
import { answerClientError } from './http/client-errors.ts'
import { addErrorReplies, replyToError } from './http/error-replies.ts'
import { failureLimit } from './http/failure-limit.ts'
import { acceptJson } from './http/json-body.ts'
import { trackSockets } from './http/open-sockets.ts'
import { securityHeaders, strictTransport } from './http/security-headers.ts'
import { addJobs } from './jobs/jobs.ts'
import { agentBundleRoutes } from './routes/agent-bundle.ts'
import { auditLogRoutes } from './routes/audit-logs.ts'
import { authorizeRoutes } from './routes/authorize.ts'
import { configurationRoutes } from './routes/configuration.ts'
import { enrolRoutes } from './routes/enrol.ts'
import { enrolmentRoutes } from './routes/enrolments.ts'
import { eventLogRoutes } from './routes/event-logs.ts'
import { eventRoutes } from './routes/events.ts'
import { gridUserRoutes } from './routes/grid-users.ts'
import { gridRoutes } from './routes/grids.ts'
import { healthRoutes } from './routes/health.ts'
import { legacyNodeRoutes } from './routes/legacy-nodes.ts'
import { loginRoutes } from './routes/login.ts'
import { metaRoutes } from './routes/meta.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { nodeReplaceRoutes } from './routes/node-replace.ts'
import { nodeTokenRoutes } from './routes/node-token.ts'
import { nodeRoutes } from './routes/nodes.ts'
import { oauthRoutes } from './routes/oauth.ts'
import type { RouteContext } from './routes/route-context.ts'
import { statsRoutes } from './routes/stats.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { userRoutes } from './routes/users.ts'
import { hashContent } from './secrets/secrets.ts'
import type { FormerAgents } from './start/former-agents.ts'
import type { Store } from './store/store.ts'

export interface AppOptions {
  store: Store
  clock: () => Date
  /** The agent as one file, handed out to machines. */
  agentBundle: Buffer
  /** Agents that it handed out before. */
  formerAgents?: FormerAgents
  /** The master's identity, from {@link Store.uuid}. */
  uuid: string
  version: string
  /** Where machines and people reach this master. */
  publicUrl?: string
  /** Addresses (CIDR) of balancers whose `X-Forwarded-For` is believed. */
  trustProxy?: string | string[]
  logger?: FastifyServerOptions['logger']
  /** PEM of key and certificate; plain HTTP where absent. */
  tls?: { key: string; cert: string }
  /** PEM of the authority behind {@link tls}, where this master made it. */
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

/** Bytes of a body: of users, who register whole orders, and of anybody, who could hold many open. */
const bodyLimit = { users: 1024 * 1024, anybody: 64 * 1024 }

/** Milliseconds without a byte either way, after which nobody waits for a client to read its answer. */
const idleTimeout = 120_000

const serverOptions = {
  requestTimeout: 60_000,
  // Longer than clients and balancers pause: one that sends while a connection is closed meets a reset.
  keepAliveTimeout: 75_000,
  // Clients that offer HTTP/2 by an upgrade get their answer in HTTP/1.1 (Node 22.21 and later).
  shouldUpgradeCallback: ({ headers }: IncomingMessage) =>
    headers.upgrade?.toLowerCase() === 'websocket',
}

/** The whole master without a listening port: REST API, and the agents' WebSocket at `/`. */
export function buildApp(options: AppOptions): FastifyInstance {
  const { store, clock, version, trustProxy = [] } = options
  const { keepaliveInterval = 30_000, pingTimeout = 5_000 } = options
  const headers = {
    'x-kontena-version': version,
    ...securityHeaders,
    ...(options.tls === undefined ? {} : strictTransport),
  }
  const app: FastifyInstance = Fastify({
    logger: options.logger ?? false,
    // One line per poll of each client would bury what matters; failures are logged.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimit.anybody,
    trustProxy: trustProxy.length > 0 ? trustProxy : false,
    routerOptions: { maxParamLength: 512 },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, headers),
    frameworkErrors: (error, request, reply) => {
      reply.headers(headers)
      replyToError(error, request, reply)
    },
    serverFactory: (handler) => {
      const { tls } = options
      const server =
        tls === undefined
          ? createServer(serverOptions, handler)
          : createTlsServer({ ...serverOptions, ...tls }, handler)
      return server.setTimeout(idleTimeout)
    },
  })

  app.decorateRequest('user', undefined)
  app.decorateRequest('tokenId', undefined)
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers)
  })
  acceptJson(app)
  addErrorReplies(app)

  const bundleHash = hashContent(options.agentBundle)
  const trusts = proxyAddress.compile(trustProxy)
  const gateway = openGateway({
    store,
    clock,
    version,
    agentBundle: bundleHash,
    log: app.log,
    addressOf: (request) => proxyAddress(request, trusts),
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
  const context = {
    store,
    clock,
    limit: failureLimit({ clock }),
    agents: gateway,
    uuid: options.uuid,
    publicUrl: options.publicUrl,
  }
  addRoutes(app, { ...options, bundleHash, feed }, context)
  return app
}

function addRoutes(
  app: FastifyInstance,
  options: AppOptions & { bundleHash: string; feed: EventFeed },
  context: RouteContext,
): void {
  const { store, clock, agentBundle, formerAgents, bundleHash, uuid, version, publicUrl, ca } =
    options
  const events = { ...context, feed: options.feed, heartbeat: options.heartbeat ?? 15_000 }
  app.register(metaRoutes({ store, uuid, version, publicUrl, bundleHash, ca }))
  app.register(agentBundleRoutes({ content: agentBundle, hash: bundleHash, former: formerAgents }))
  app.register(oauthRoutes(context))
  app.register(authorizeRoutes(context))
  app.register(loginRoutes(context))
  // Machines that fail must not keep the people behind the same address from logging in.
  app.register(enrolRoutes({ ...context, limit: failureLimit({ clock }) }))
  app.register(legacyNodeRoutes({ ...context, limit: failureLimit({ clock }) }))
  app.register(async (restricted) => {
    restricted.addHook('onRequest', requireLogin(store, clock))
    restricted.addHook('onRoute', (route) => {
      route.bodyLimit = bodyLimit.users
    })
    restricted.register(userRoutes(context))
    restricted.register(tokenRoutes(context))
    restricted.register(configurationRoutes(context))
    restricted.register(gridRoutes(context))
    restricted.register(gridUserRoutes(context))
    restricted.register(nodeRoutes(context))
    restricted.register(nodeTokenRoutes(context))
    restricted.register(nodeReplaceRoutes(context))
    restricted.register(enrolmentRoutes(context))
    restricted.register(auditLogRoutes(context))
    restricted.register(eventRoutes(events))
    restricted.register(eventLogRoutes(events))
    restricted.register(healthRoutes({ ...context, askTimeout: options.askTimeout ?? 10_000 }))
    restricted.register(metricsRoutes(context))
    restricted.register(statsRoutes(context))
  })
}
