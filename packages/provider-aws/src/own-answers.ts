import { Readable } from 'node:stream'
import { longestAnswer } from '@kontena/core'

/** Milliseconds for a body to come to its end; the SDK's own limit ends with the headers. */
const bodyTimeout = 30_000

/**
 * Makes sure that a successful answer is EC2's own, whose root names the action. A gateway's page or an
 * empty body under status 200 is otherwise taken for an answer with nothing in it: no machine is there,
 * or none was made. Leaves the body readable; throws `UnreadableAnswer`, also for one that is longer than any.
 */
export async function requireOwnAnswer(
  command: string | undefined,
  response: unknown,
): Promise<void> {
  if (typeof response !== 'object' || response === null) return
  const body: unknown = Reflect.get(response, 'body')
  if (!(body instanceof Readable)) return
  const text = await readWhole(body)
  const root = `<${(command ?? '').replace(/Command$/, '')}Response`
  if (Reflect.get(response, 'statusCode') === 200 && !text.includes(root)) {
    throw unreadable('the answer is not that of the action')
  }
  Reflect.set(response, 'body', Readable.from([text]))
}

async function readWhole(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  const deadline = setTimeout(
    () => body.destroy(unreadable('the answer has not come to its end in time')),
    bodyTimeout,
  )
  try {
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk)
      length += bytes.length
      if (length > longestAnswer) throw unreadable('the answer has no end')
      chunks.push(bytes)
    }
  } finally {
    clearTimeout(deadline)
  }
  return Buffer.concat(chunks)
}

function unreadable(message: string): Error {
  const error = new Error(message)
  error.name = 'UnreadableAnswer'
  return error
}
