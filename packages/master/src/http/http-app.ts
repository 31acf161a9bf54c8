import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import { answerClientError } from './client-errors.ts'
import { addErrorReplies, replyToError } from './error-replies.ts'
import { acceptJson } from './json-body.ts'
import { rememberAddresses } from './remember-addresses.ts'
import { securityHeaders, strictTransport } from './security-headers.ts'

export interface HttpOptions {
  version: string
  /** Addresses (CIDR) of balancers whose `X-Forwarded-For` is believed. */
  trustProxy?: string | string[]
  logger?: FastifyServerOptions['logger']
  /** PEM of key and certificate; plain HTTP where absent. */
  tls?: { key: string; cert: string }
}

/** Bytes of a body: of users, who register whole orders, and of anybody, who could hold many open. */
export const bodyLimit = { users: 1024 * 1024, anybody: 64 * 1024 }

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

/** An HTTP server without routes: its limits, headers, how bodies are read, and answers for what goes wrong. */
export function openHttpApp({ version, trustProxy = [], logger, tls }: HttpOptions) {
  const headers = {
    'x-kontena-version': version,
    ...securityHeaders,
    ...(tls === undefined ? {} : strictTransport),
  }
  const app: FastifyInstance = Fastify({
    logger: logger ?? false,
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
      const server =
        tls === undefined
          ? createServer(serverOptions, handler)
          : createTlsServer({ ...serverOptions, ...tls }, handler)
      rememberAddresses(server)
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
  return app
}
