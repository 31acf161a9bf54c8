import { once } from 'node:events'
import { request } from 'node:http'
import type { Ask } from './cloud-addresses.ts'

/** Bytes of one answer. Some services hand a machine's user data out with the rest. */
const most = 512 * 1024

/**
 * Asks straight, past every proxy, and follows no redirection: whatever answers beyond this address is
 * not the machine's own cloud.
 */
export function openAsk(origin: string, signal: AbortSignal): Ask {
  return async (path, { method = 'GET', headers = {} } = {}) => {
    const sent = request(new URL(path, origin), { method, headers, agent: false, signal }).end()
    // What fails once the answer has begun is told by the answer.
    sent.on('error', () => {})
    const [response] = await once(sent, 'response', { signal })
    if (response.statusCode !== 200) {
      sent.destroy()
      if (response.statusCode === 404) return undefined
      throw new Error(`HTTP ${response.statusCode} for ${path}`)
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response) {
      size += chunk.length
      if (size > most) throw new Error(`more than ${most} bytes for ${path}`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }
}
