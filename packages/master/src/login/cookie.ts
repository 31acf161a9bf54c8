import type { FastifyReply, FastifyRequest } from 'fastify'

const name = 'kontena_login'

/** Only where the provider sends the browser back to, and never to scripts (RFC 6265bis). */
const attributes = 'Path=/cb; HttpOnly; SameSite=Lax'

/** Binds a login to the browser that began it, so that nobody can have another one end it. */
export function rememberState(
  reply: FastifyReply,
  state: string,
  { seconds, isSecure }: { seconds: number; isSecure: boolean },
): void {
  const secure = isSecure ? '; Secure' : ''
  reply.header('set-cookie', `${name}=${state}; ${attributes}; Max-Age=${seconds}${secure}`)
}

/** The state of the login that this browser began last. */
export function rememberedState({ headers }: FastifyRequest): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='))
  return pairs.find(([key]) => key === name)?.[1]
}

export function forgetState(reply: FastifyReply): void {
  reply.header('set-cookie', `${name}=; ${attributes}; Max-Age=0`)
}
