import { enrolRequest } from '@kontena/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { actorOf } from '../access.ts'
import { Refusal } from '../refusal.ts'
import { hashSecret } from '../secrets.ts'
import { parseBody } from '../validation.ts'
import type { RouteContext } from './route-context.ts'

/**
 * Where a booting machine registers the token it made. The secret is the login. A dead secret, an
 * unknown one and a name of another order get the same answer, so that nothing can be probed.
 */
export function enrolRoutes({ store, clock, limit }: RouteContext) {
  const refuse = (request: FastifyRequest, status: number, error: string): Refusal => {
    limit.count(request.ip)
    return new Refusal(status, { error })
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.post('/v1/enrol', async (request, reply) => {
      if (limit.isReached(request.ip)) throw new Refusal(429, { error: 'too_many_requests' })
      const body = parseBody(enrolRequest, request.body)
      const result = await store.enrol(
        {
          secretHash: hashSecret(body.secret),
          name: body.name,
          tokenHash: hashSecret(body.nodeToken),
          machine: body.machine,
          hostKeys: body.hostKeys,
        },
        actorOf(request),
        clock(),
      )
      switch (result.outcome) {
        case 'enrolled':
        case 'repeated':
          return reply.code(204).send()
        case 'name-taken':
          request.log.warn(
            { grid: result.grid, node: body.name, machine: body.machine.id, address: request.ip },
            'a second machine tried to take the name of a node',
          )
          throw refuse(request, 409, 'name_taken')
        case 'token-taken':
          throw refuse(request, 409, 'token_taken')
        case 'invalid':
          throw refuse(request, 403, 'invalid_secret')
      }
    })
  }
}
