import { type MasterInfo, requiredFeatures } from '@kontena/protocol'
import type { FastifyInstance } from 'fastify'
import { notFound } from '../http/refusal.ts'
import type { Store } from '../store/store.ts'

export interface MetaOptions {
  readonly store: Store
  readonly uuid: string
  readonly version: string
  readonly publicUrl: string | undefined
  readonly bundleHash: string
  /** PEM of the authority that signed this master's certificate, where it made one itself. */
  readonly ca: string | undefined
}

/** What anybody may ask: who this is, whether it works, and which authority it goes by. */
export function metaRoutes(options: MetaOptions) {
  const info: MasterInfo = {
    name: 'Kontena Master',
    tagline: 'The Container Platform',
    version: options.version,
    uuid: options.uuid,
    features: [...requiredFeatures],
    public_url: options.publicUrl,
    agent_bundle: options.bundleHash,
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/', async () => info)

    app.get('/v1/ping', async () => {
      await options.store.ping()
      return { message: 'pong' }
    })

    app.get('/v1/ca.pem', async (_request, reply) => {
      if (options.ca === undefined) throw notFound()
      return reply.type('application/x-pem-file').send(options.ca)
    })
  }
}
