import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { Refusal } from './refusal.ts'

/** Any body is read as JSON, whatever its type says, and none is an empty object, as in 1.5. */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) =>
    parseJson(bytes),
  )
}

/** Bytes that are no UTF-8 are refused, where a decoder would put other characters in their place. */
function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return {}
  if (!isUtf8(bytes)) throw new Refusal(400, { error: 'Invalid json' })
  try {
    const body: unknown = JSON.parse(bytes.toString())
    return body
  } catch {
    throw new Refusal(400, { error: 'Invalid json' })
  }
}
