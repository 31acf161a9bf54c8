import type { FastifyInstance } from 'fastify'
import { signedIn } from '../access.ts'
import { userReply } from '../replies/user-reply.ts'

export async function userRoutes(app: FastifyInstance): Promise<void> {
  app.get('/v1/user', async (request) => userReply(signedIn(request)))
}
