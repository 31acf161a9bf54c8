/** The login provider did not do its part. The message is for people, and holds no secret. */
export class ProviderFailure extends Error {
  static {
    ProviderFailure.prototype.name = 'ProviderFailure'
  }
}

/** Milliseconds for one answer, and the most bytes of it. */
const limits = { time: 10_000, bytes: 64 * 1024 }

export interface ProviderRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Sends one request to the login provider and reads its answer, which is JSON or a form. Rejects with
 * {@link ProviderFailure}. A redirect is not followed, because what goes along is secret.
 */
export async function askProvider(
  what: string,
  url: string,
  request: ProviderRequest,
): Promise<unknown> {
  const fail = (reason: string, cause?: unknown) =>
    new ProviderFailure(`The login provider ${reason} (${what})`, { cause })
  let status: number
  let text: string
  try {
    const reply = await fetch(url, {
      ...request,
      headers: { accept: 'application/json', 'user-agent': 'kontena-master', ...request.headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(limits.time),
    })
    status = reply.status
    text = await readBounded(reply)
  } catch (error) {
    if (error instanceof RangeError) throw fail(error.message)
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    throw fail(isLate ? 'did not answer in time' : 'cannot be reached', error)
  }
  if (status < 200 || status >= 300) throw fail(`answered ${status}`)
  return parse(text)
}

async function readBounded(reply: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of reply.body ?? []) {
    size += chunk.length
    if (size > limits.bytes) throw new RangeError('answered with too much')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Some providers answer with a form, whatever they are asked for. */
function parse(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text)
    return json
  } catch {
    return Object.fromEntries(new URLSearchParams(text))
  }
}
