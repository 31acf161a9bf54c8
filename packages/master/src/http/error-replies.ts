import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { StorageError } from '../store/storage-error.ts'
import { Refusal } from './refusal.ts'

/** Answers for everything that goes wrong, in the shapes of the 1.5 API. No internals leave. */
export function addErrorReplies(app: FastifyInstance): void {
  app.setNotFoundHandler(async (_request, reply) => reply.code(404).send())
  app.setErrorHandler((error: unknown, request, reply) => replyToError(error, request, reply))
}

/** Also for errors that come before a route is found, such as an address that cannot be decoded. */
export function replyToError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof Refusal) {
    return reply.code(error.status).headers(error.headers).send(error.body)
  }
  if (error instanceof StorageError) {
    request.log.error({ err: error, cause: error.cause, ...routeOf(request) }, 'storage failed')
    return reply.code(503).send({ error: error.message })
  }
  const status = isFastifyError(error) ? (error.statusCode ?? 500) : 500
  if (status < 500 && error instanceof Error) {
    return reply.code(status).send({ error: error.message })
  }
  request.log.error({ err: error, ...routeOf(request) }, 'request failed')
  return reply.code(500).send({ message: 'Internal server error' })
}

/** The route, and not the address that was asked for: some addresses hold a code or a token. */
function routeOf({ method, routeOptions }: FastifyRequest) {
  return { method, route: routeOptions.url }
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
}
