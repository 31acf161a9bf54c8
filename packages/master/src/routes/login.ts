import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { beginLogin } from '../login/begin.ts'
import { endLogin } from '../login/end.ts'
import { sendCodePage, sendInvitationPage } from '../login/pages.ts'
import { baseUrl } from '../public-address.ts'
import { Refusal } from '../refusal.ts'
import type { RouteContext } from './route-context.ts'

const invitationParams = z.object({ code: z.string() })

/** Login in a browser, at an external provider or with an invitation (1.5: `/authenticate`, `/cb`, `/code`). */
export function loginRoutes(context: RouteContext) {
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    if (context.limit.isReached(request.ip)) throw new Refusal(429, { error: 'too_many_requests' })
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/authenticate', { onRequest }, (request, reply) => beginLogin(context, request, reply))
    app.get('/cb', { onRequest }, (request, reply) => endLogin(context, request, reply))
    app.get('/code', async (_request, reply) => sendCodePage(reply))

    app.get('/j/:code', async (request, reply) => {
      const { code } = invitationParams.parse(request.params)
      return sendInvitationPage(reply, { url: await baseUrl(context, request), code })
    })
  }
}
