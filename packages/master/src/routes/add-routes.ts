import type { FastifyInstance } from 'fastify'
import { requireLogin } from '../access.ts'
import type { EventFeed } from '../feed/event-feed.ts'
import { failureLimit } from '../http/failure-limit.ts'
import { bodyLimit } from '../http/http-app.ts'
import { type AgentBundle, agentBundleRoutes } from './agent-bundle.ts'
import { auditLogRoutes } from './audit-logs.ts'
import { authorizeRoutes } from './authorize.ts'
import { configurationRoutes } from './configuration.ts'
import { enrolRoutes } from './enrol.ts'
import { enrolmentRoutes } from './enrolments.ts'
import { eventLogRoutes } from './event-logs.ts'
import { eventRoutes } from './events.ts'
import { gridUserRoutes } from './grid-users.ts'
import { gridRoutes } from './grids.ts'
import { healthRoutes } from './health.ts'
import { legacyNodeRoutes } from './legacy-nodes.ts'
import { loginRoutes } from './login.ts'
import { type MetaOptions, metaRoutes } from './meta.ts'
import { metricsRoutes } from './metrics.ts'
import { nodeReplaceRoutes } from './node-replace.ts'
import { nodeTokenRoutes } from './node-token.ts'
import { nodeRoutes } from './nodes.ts'
import { oauthRoutes } from './oauth.ts'
import type { RouteContext } from './route-context.ts'
import { statsRoutes } from './stats.ts'
import { tokenRoutes } from './tokens.ts'
import { userRoutes } from './users.ts'

export interface RoutesOptions extends RouteContext {
  readonly meta: MetaOptions
  readonly bundle: AgentBundle
  readonly feed: EventFeed
  /** Milliseconds of silence after which a stream of events shows that it is alive. */
  readonly heartbeat: number
  /** Milliseconds that an agent has to answer what it is asked. */
  readonly askTimeout: number
}

/** All that the master answers over HTTP: what is open to anybody first, and the rest behind a login. */
export function addRoutes(app: FastifyInstance, options: RoutesOptions): void {
  const { meta, bundle, feed, heartbeat, askTimeout, ...context } = options
  const { store, clock } = context
  // Machines that fail must not keep the people behind the same address from logging in.
  const machines = () => ({ ...context, limit: failureLimit({ clock }) })
  app.register(metaRoutes(meta))
  app.register(agentBundleRoutes(bundle))
  app.register(oauthRoutes(context))
  app.register(authorizeRoutes(context))
  app.register(loginRoutes(context))
  app.register(enrolRoutes(machines()))
  app.register(legacyNodeRoutes(machines()))
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
    restricted.register(eventRoutes({ ...context, feed, heartbeat }))
    restricted.register(eventLogRoutes({ ...context, feed, heartbeat }))
    restricted.register(healthRoutes({ ...context, askTimeout }))
    restricted.register(metricsRoutes(context))
    restricted.register(statsRoutes(context))
  })
}
