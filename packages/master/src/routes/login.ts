import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { notFound, Refusal } from '../http/refusal.ts'
import { beginLogin } from '../login/begin.ts'
import { endLogin } from '../login/end.ts'
import { sendCodePage, sendInvitationPage } from '../login/pages.ts'
import { baseUrl } from '../public-address.ts'
import type { RouteContext } from './route-context.ts'

/** What stands there is shown as part of a command, which people run: it must be a code, and nothing else. */
const invitationParams = z.object({ code: z.string().regex(/^[0-9a-f]{32}$/) })

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
      const { data } = invitationParams.safeParse(request.params)
      if (data === undefined) throw notFound()
      return sendInvitationPage(reply, { ...data, url: await baseUrl(context, request) })
    })
  }
}
