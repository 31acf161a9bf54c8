import { Agent as HttpAgent, type RequestOptions, request as sendPlainly } from 'node:http'
import { Agent as HttpsAgent, request as sendSecurely } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

export interface RateOptions {
  readonly ca: string | undefined
  readonly token: string
  /** Requests a second, and for how many seconds. */
  readonly rate: number
  readonly seconds: number
}

/**
 * Asks for these addresses in turn, evenly spread over time, whether or not the answers before have
 * come. Resolves to milliseconds from the moment each request was due until its answer was read, so
 * that a server which stands still is not spared the requests that came meanwhile.
 */
export async function askAtRate(urls: readonly string[], options: RateOptions): Promise<number[]> {
  const { ca, token, rate, seconds } = options
  const isSecure = urls[0]?.startsWith('https:') === true
  const limits = { keepAlive: true, maxSockets: 32 }
  const agent = isSecure ? new HttpsAgent({ ...limits, ca }) : new HttpAgent(limits)
  const send = isSecure ? sendSecurely : sendPlainly
  const headers = { authorization: `Bearer ${token}` }
  const start = performance.now()
  const answers: Promise<number>[] = []
  try {
    for (let count = 0; count < rate * seconds; count++) {
      const due = start + (count * 1000) / rate
      const early = due - performance.now()
      if (early > 0) await sleep(early)
      const url = urls[count % urls.length] ?? ''
      answers.push(read(url, { agent, headers }, send).then(() => performance.now() - due))
    }
    return await Promise.all(answers)
  } finally {
    agent.destroy()
  }
}

function read(url: string, options: RequestOptions, send: typeof sendPlainly): Promise<void> {
  return new Promise((resolve, reject) => {
    send(url, options, (response) => {
      response.resume().once('error', reject)
      response.once('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`${url} answers with ${response.statusCode}`))
      })
    })
      .once('error', reject)
      .end()
  })
}
