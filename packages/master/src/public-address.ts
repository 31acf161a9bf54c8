import type { FastifyRequest } from 'fastify'
import type { Store } from './store/store.ts'

/** Where people reach this master: as it was configured or started, or else as this request came. */
export async function baseUrl(
  { store, publicUrl }: { store: Store; publicUrl: string | undefined },
  request: FastifyRequest,
): Promise<string> {
  const configured = await store.configurationValue('server.root_url')
  const url = configured ?? publicUrl ?? `${request.protocol}://${request.host}`
  return url.replace(/\/+$/, '')
}
