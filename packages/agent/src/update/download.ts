import { once } from 'node:events'
import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { Trust } from '../connection/trust.ts'

export interface DownloadOptions {
  /** The master's WebSocket, as `wss://host:port/`; the same place answers HTTP. */
  readonly url: string
  readonly trust: Trust
  readonly signal: AbortSignal
}

/** Bytes; an agent is a fraction of it. */
const most = 16 * 1024 * 1024

/** The agent with this hash, from the master, as it sent it. Rejects where that is more than an agent can be. */
export async function downloadAgent(
  hash: string,
  { url, trust, signal }: DownloadOptions,
): Promise<Buffer> {
  const address = new URL(`/v1/agent/bundle/${hash}`, url.replace(/^ws/, 'http'))
  const send = address.protocol === 'https:' ? requestSecure : requestPlain
  const request = send(address, { ...trust, agent: false, signal }).end()
  // What fails once the answer has begun is told by the answer.
  request.on('error', () => {})
  const [response] = await once(request, 'response')
  if (response.statusCode !== 200) {
    request.destroy()
    throw new Error(`the master answers HTTP ${response.statusCode}`)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > most) throw new Error(`the master sends more than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
