import { type IncomingMessage, request } from 'node:http'

/** Milliseconds that Docker has for an answer. */
const patience = 5000

/** Bytes of an answer; what a Docker with ten thousand containers says is below. */
const most = 64 * 1024 * 1024

/** What Docker answers to a GET, as JSON. Rejects with the reason where it does not, or not in time. */
export async function askDocker(
  socketPath: string,
  path: string,
  signal: AbortSignal,
): Promise<unknown> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patience)])
  const response = await open(socketPath, path, limit)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > most) throw new Error(`Docker answers ${withoutQuery(path)} with too much`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    throw new Error(`Docker answers ${withoutQuery(path)} with something else than JSON`, { cause })
  }
}

/** An answer of Docker that goes on and on, once it has begun. */
export async function followDocker(
  socketPath: string,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const unanswered = new AbortController()
  const limit = setTimeout(() => unanswered.abort(), patience)
  try {
    return await open(socketPath, path, AbortSignal.any([signal, unanswered.signal]))
  } finally {
    clearTimeout(limit)
  }
}

function open(socketPath: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, agent: false, signal }, (response) => {
      if (response.statusCode === 200) {
        resolve(response)
        return
      }
      response.resume()
      reject(new Error(`Docker answers ${withoutQuery(path)} with ${response.statusCode}`))
    })
    sent.on('error', reject)
    sent.end()
  })
}

function withoutQuery(path: string): string {
  return path.split('?')[0] ?? path
}
