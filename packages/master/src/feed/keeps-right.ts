import type { FastifyReply, FastifyRequest } from 'fastify'
import { requireLogin } from '../access.ts'
import { Refusal } from '../http/refusal.ts'
import type { Store } from '../store/store.ts'

/**
 * Whether the sender of a request that is being answered for long would still be let in: its login may
 * have ended since, and its rights.
 *
 * @param allow throws a {@link Refusal} where the request's user may not do this
 */
export function keepsRight(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { store, clock }: { store: Store; clock: () => Date },
  allow: () => Promise<unknown>,
): () => Promise<boolean> {
  const authenticate = requireLogin(store, clock)
  return async () => {
    try {
      request.user = undefined
      await authenticate(request, reply)
      await allow()
      return true
    } catch (error) {
      if (error instanceof Refusal) return false
      throw error
    }
  }
}
