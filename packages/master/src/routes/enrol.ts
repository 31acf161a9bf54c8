import { enrolRequest, type MachineIdentity } from '@kontena/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { actorOf } from '../access.ts'
import { Refusal } from '../http/refusal.ts'
import { parseExactBody } from '../http/validation.ts'
import { hashSecret } from '../secrets/secrets.ts'
import type { RouteContext } from './route-context.ts'

/**
 * Where a booting machine registers the token it made. The secret is the login. A dead secret, an
 * unknown one and a name of another order get the same answer, so that nothing can be probed.
 *
 * An address that failed often is refused only what would fail anyway: secrets of 32 random bytes are
 * not guessed, and one stray container must not keep all machines behind its gateway out.
 */
export function enrolRoutes({ store, clock, limit }: RouteContext) {
  const refuse = (request: FastifyRequest, status: number, error: string): Refusal => {
    if (limit.isReached(request.ip)) return new Refusal(429, { error: 'too_many_requests' })
    limit.count(request.ip)
    return new Refusal(status, { error })
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.post('/v1/enrol', async (request, reply) => {
      const body = parseExactBody(enrolRequest, request)
      const result = await store.enrol(
        {
          secretHash: hashSecret(body.secret),
          name: body.name,
          tokenHash: hashSecret(body.nodeToken),
          machine: body.machine,
          hostKeys: body.hostKeys,
          sshUser: body.user,
        },
        actorOf(request),
        clock(),
      )
      switch (result.outcome) {
        case 'enrolled':
        case 'repeated':
          return reply.code(204).send()
        case 'name-taken':
          warn(
            request,
            { ...body, grid: result.grid },
            'a second machine tried to take the name of a node',
          )
          throw refuse(request, 409, 'name_taken')
        case 'machine-taken':
          warn(
            request,
            { ...body, grid: result.grid },
            "a machine passed itself off as another node's",
          )
          throw refuse(request, 409, 'machine_taken')
        case 'token-taken':
          throw refuse(request, 409, 'token_taken')
        case 'invalid':
          throw refuse(request, 403, 'invalid_secret')
      }
    })
  }
}

function warn(
  request: FastifyRequest,
  about: { grid: string; name: string; machine: MachineIdentity },
  message: string,
): void {
  const { grid, name: node, machine } = about
  request.log.warn({ grid, node, machine: machine.id, address: request.ip }, message)
}
