import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { closeCodes } from '@kontena/protocol'
import WebSocket from 'ws'
import { z } from 'zod'
import { openMasterClock } from '../connection/master-clock.ts'
import type { Trust } from '../connection/trust.ts'
import { checkClock } from '../health/check-clock.ts'
import { reasonOf } from '../reason-of.ts'
import { agentVersion } from '../version.ts'
import type { Finding } from './finding.ts'

export interface MasterOptions {
  /** The master's WebSocket. */
  readonly url: string
  readonly trust: Trust
  readonly milliseconds: number
}

const greeting = z.object({ name: z.string(), version: z.string() })
const most = 64 * 1024

/** What answers there, and what time it is for it. */
export async function examineMaster(options: MasterOptions): Promise<Finding[]> {
  const begun = performance.now()
  try {
    const { status, date, body } = await get(options)
    const clock = openMasterClock()
    // The header tells whole seconds.
    clock.hear(date, performance.now() - begun + 1000)
    return [judgeGreeting(status, body), judgeClock(clock)]
  } catch (error) {
    const next = 'see the log of the master, and that of a proxy in front of it'
    return [{ name: 'HTTP', level: 'fail', message: `no answer: ${reasonOf(error)}`, next }]
  }
}

async function get({ url, trust, milliseconds }: MasterOptions) {
  const address = new URL('/', url.replace(/^ws/, 'http'))
  const send = address.protocol === 'https:' ? requestSecure : requestPlain
  const signal = AbortSignal.timeout(milliseconds)
  const sent = send(address, { ...trust, agent: false, signal }).end()
  sent.on('error', () => {})
  const [response]: IncomingMessage[] = await once(sent, 'response', { signal })
  if (response === undefined) throw new Error('no answer')
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) {
    body += chunk
    if (body.length > most) throw new Error(`more than ${most} characters`)
  }
  return { status: response.statusCode ?? 0, date: response.headers.date, body }
}

function judgeGreeting(status: number, body: string): Finding {
  const parsed = greeting.safeParse(jsonOf(body))
  if (status !== 200 || !parsed.success) {
    return {
      name: 'HTTP',
      level: 'fail',
      message: `HTTP ${status}, and no word of a master`,
      next: 'check KONTENA_URI: something else answers there',
    }
  }
  const { name, version } = parsed.data
  const message = `${name} ${version}`
  if (lineOf(version) === lineOf(agentVersion)) return { name: 'HTTP', level: 'ok', message }
  return {
    name: 'HTTP',
    level: 'fail',
    message: `${message} takes no agent ${agentVersion}`,
    next: `run an agent ${lineOf(version)} here, or a master ${lineOf(agentVersion)}`,
  }
}

/** A master takes agents of its own major and minor version. */
function lineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

function judgeClock(clock: ReturnType<typeof openMasterClock>): Finding {
  const { ok, message } = checkClock(clock)
  if (ok) return { name: 'clock', level: 'ok', message }
  const next = 'set the clock of whichever is wrong: timedatectl set-ntp true'
  return { name: 'clock', level: 'fail', message, next }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const refusals: ReadonlySet<number> = new Set([
  closeCodes.missingIdentity.code,
  closeCodes.missingToken.code,
])

/**
 * Whether WebSocket comes through: asked for as nobody, without id and token, so that the agent that runs
 * is not disturbed. A master refuses that, and nothing else refuses it in the same way.
 */
export async function examineUpgrade({
  url,
  trust,
  milliseconds,
}: MasterOptions): Promise<Finding> {
  const name = 'WebSocket'
  const headers = { 'Kontena-Version': agentVersion }
  const socket = new WebSocket(url, { headers, ...trust, handshakeTimeout: milliseconds })
  const end = await endOf(socket, milliseconds)
  socket.terminate()
  if (typeof end === 'number' && refusals.has(end)) {
    const message =
      'the master answers upgrades, and refuses one without a token as it should; the token itself is not tried'
    return { name, level: 'ok', message }
  }
  const what = typeof end === 'number' ? `closed with ${end}` : end
  return {
    name,
    level: 'fail',
    message: `upgrades do not reach the master: ${what}`,
    next: 'let the proxy in front of it pass on WebSocket, at the path / itself',
  }
}

/** The close code; else an HTTP status, or why there is none. */
function endOf(socket: WebSocket, milliseconds: number): Promise<number | string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('no answer in time'), milliseconds).unref()
    socket.on('error', (error) => resolve(reasonOf(error)))
    socket.on('close', (code) => resolve(code === 1006 ? 'cut off' : code))
    socket.on('unexpected-response', (_request, { headers, statusCode }) => {
      const code = headers['kontena-close']
      resolve(code === undefined ? `HTTP ${statusCode}` : Number(code))
    })
  })
}
