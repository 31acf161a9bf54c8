import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const formType = 'application/x-www-form-urlencoded'

/** Makes the routes of a plugin read forms as well as JSON. */
export function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser(
    formType,
    { parseAs: 'string' },
    async (_request: FastifyRequest, text: string) => Object.fromEntries(new URLSearchParams(text)),
  )
}

/**
 * Answers in the form that was asked for: JSON, unless a form came and JSON was not asked for. Only a form
 * carries the caller's `state` back.
 */
export function answerAsAsked(
  request: FastifyRequest,
  reply: FastifyReply,
  content: Readonly<Record<string, unknown>>,
) {
  const sentForm = request.headers['content-type']?.startsWith(formType)
  if (sentForm !== true || request.headers.accept?.includes('json') === true) {
    return reply.send({ ...content, state: undefined })
  }
  const flat = Object.entries(content).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' || typeof value === 'number' ? [[key, String(value)]] : [],
  )
  return reply.type(formType).send(new URLSearchParams(flat).toString())
}
