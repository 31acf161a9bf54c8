import type { FastifyRequest } from 'fastify'
import { Refusal } from './http/refusal.ts'
import type { Store } from './store/store.ts'

/** Where people reach this master: as it was configured or started, or else as this request came. */
export async function baseUrl(
  { store, publicUrl }: { store: Store; publicUrl: string | undefined },
  request: FastifyRequest,
): Promise<string> {
  const configured = await store.configurationValue('server.root_url')
  const url = configured ?? publicUrl
  return url === undefined ? originOf(request) : url.replace(/(?<!\/)\/+$/, '')
}

/** Names and addresses of hosts, with a port or without. */
const hostPattern = /^([\w.-]{1,255}|\[[\da-f:.]{2,45}\])(:\d{1,5})?$/i

/** A client may say anything of where it sends its request, and people are shown it as part of a command. */
function originOf({ protocol, host }: FastifyRequest): string {
  if (/^https?$/.test(protocol) && hostPattern.test(host)) return `${protocol}://${host}`
  throw new Refusal(400, { error: 'Invalid host' })
}
