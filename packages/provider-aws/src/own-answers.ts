import { Readable } from 'node:stream'

/**
 * Makes sure that a successful answer is EC2's own, whose root names the action. A gateway's page or an
 * empty body under status 200 is otherwise taken for an answer with nothing in it: no machine is there,
 * or none was made. Leaves the body readable; throws `UnreadableAnswer`.
 */
export async function requireOwnAnswer(
  command: string | undefined,
  response: unknown,
): Promise<void> {
  if (typeof response !== 'object' || response === null) return
  const body: unknown = Reflect.get(response, 'body')
  if (Reflect.get(response, 'statusCode') !== 200 || !(body instanceof Readable)) return
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  const text = Buffer.concat(chunks)
  const root = `<${(command ?? '').replace(/Command$/, '')}Response`
  if (!text.includes(root)) {
    const error = new Error('the answer is not that of the action')
    error.name = 'UnreadableAnswer'
    throw error
  }
  Reflect.set(response, 'body', Readable.from([text]))
}
