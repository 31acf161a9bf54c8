import { connect, type Socket } from 'node:net'
import { connect as connectSecurely, type SecureContext } from 'node:tls'
import { closeCodes, encodeFrame, endsAgent, type RpcFrame } from '@kontena/protocol'
import { reconnectDelay } from '../../packages/agent/src/backoff.ts'
import { usualPace } from '../../packages/agent/src/pace.ts'
import { hostReport, statisticsReport } from './host-reports.ts'
import type { AgentIdentity } from './identity.ts'
import { peek } from './peek.ts'
import { readAnswer, upgradeRequest } from './upgrade.ts'
import { type Frame, frameReader, maskedFrame, opcodes } from './websocket-frames.ts'

export interface AgentSite {
  readonly host: string
  readonly port: number
  /** Trusts the master's authority; plain where absent. */
  readonly security: SecureContext | undefined
  readonly tally: Tally
}

/** What all agents of a process did together. */
export interface Tally {
  attempts: number
  /** Attempts that came to nothing, by what ended them. */
  failures: Map<string, number>
  messagesSent: number
  bytesReceived: number
}

/** Milliseconds after which systemd starts an agent again that has ended (`RestartSec`). */
const restartDelay = 5_000

/** Milliseconds since 1970, as exact as this clock is. */
export const instant = (): number => performance.timeOrigin + performance.now()

/**
 * An agent as the master sees one: the same handshake, reports, pings, limits and backoff, on a host
 * of which nothing is read.
 */
export class SimulatedAgent {
  readonly #identity: AgentIdentity
  readonly #site: AgentSite
  #attempt = 0
  #lastId = 0
  #wasAccepted = false
  #socket: Socket | undefined
  /** What waits for answers, by the ids of the requests. */
  readonly #pending = new Map<number, (isError: boolean) => void>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  /** When the master said that it has stored this agent's host; undefined while it has not. */
  onlineSince: number | undefined

  constructor(identity: AgentIdentity, site: AgentSite) {
    this.#identity = identity
    this.#site = site
  }

  connect(): void {
    const { host, port, security, tally } = this.#site
    tally.attempts += 1
    this.#wasAccepted = false
    let why = 'closed before the upgrade'
    const socket =
      security === undefined
        ? connect({ host, port, noDelay: true })
        : connectSecurely({ host, port, secureContext: security })
    this.#socket = socket
    const ready = security === undefined ? 'connect' : 'secureConnect'
    socket.once(ready, () => socket.write(upgradeRequest(`${host}:${port}`, this.#identity)))
    socket.on('error', (error) => {
      why = 'code' in error ? String(error.code) : error.message
    })
    let answer = Buffer.alloc(0)
    const readFrames = frameReader((frame) => {
      if (frame.opcode === opcodes.close) why = String(frame.payload.readUInt16BE(0))
      this.#receive(frame)
    })
    const readUpgrade = (chunk: Buffer): void => {
      answer = Buffer.concat([answer, chunk])
      const found = readAnswer(answer)
      if (found === undefined) return
      if (found.outcome === 'refused') {
        why = String(found.closeCode ?? `HTTP ${found.status}`)
        socket.destroy()
        return
      }
      this.#stop('connect')
      why = 'closed'
      this.#after('ping', usualPace.ping, () => this.#ping())
      socket.off('data', readUpgrade).on('data', readFrames)
      readFrames(found.rest)
    }
    socket.on('data', readUpgrade)
    socket.on('data', (chunk: Buffer) => {
      tally.bytesReceived += chunk.length
    })
    socket.once('close', () => this.#ended(why))
    this.#after('connect', usualPace.connect, () => {
      why = 'no upgrade in time'
      socket.destroy()
    })
  }

  /** Resolves with the answer: whether the master did it. Never where the connection ends before. */
  call(method: string, report: unknown): Promise<boolean> {
    this.#lastId += 1
    const id = this.#lastId
    this.#send({ type: 'request', id, method, params: [this.#identity.nodeId, report] })
    return new Promise((resolve) => {
      this.#pending.set(id, (isError) => resolve(!isError))
    })
  }

  #send(message: RpcFrame): void {
    this.#site.tally.messagesSent += 1
    this.#socket?.write(maskedFrame(opcodes.binary, encodeFrame(message)))
  }

  #receive({ opcode, payload }: Frame): void {
    if (opcode === opcodes.ping) this.#socket?.write(maskedFrame(opcodes.pong, payload))
    else if (opcode === opcodes.pong) this.#stop('pong')
    else if (opcode === opcodes.close) this.#socket?.end(maskedFrame(opcodes.close, payload))
    else if (opcode === opcodes.binary) this.#hear(payload)
  }

  #hear(message: Buffer): void {
    const heard = peek(message)
    if (heard?.type === 'notification') {
      if (heard.method === '/agent/master_info') void this.#publish()
      else if (heard.method === '/agent/node_info') this.#accepted()
    } else if (heard?.type === 'response') {
      this.#pending.get(heard.id)?.(heard.isError)
      this.#pending.delete(heard.id)
    } else if (heard?.type === 'request') {
      const error = { code: 501, error: 'service not implemented' }
      this.#send({ type: 'response', id: heard.id, error, result: null })
    }
  }

  #accepted(): void {
    if (this.#wasAccepted) return
    this.#wasAccepted = true
    this.#attempt = 0
    this.#after('statistics', usualPace.firstStatistics, () => this.#measure())
  }

  async #publish(): Promise<void> {
    const isStored = await this.call('/nodes/update', hostReport(this.#identity.place))
    if (isStored) this.onlineSince ??= instant()
    const { publish, republish } = usualPace
    this.#after('update', isStored ? publish : republish, () => void this.#publish())
  }

  #measure(): void {
    const params = [this.#identity.nodeId, statisticsReport(new Date())]
    this.#send({ type: 'notification', method: '/nodes/stats', params })
    this.#after('statistics', usualPace.publish, () => this.#measure())
  }

  #ping(): void {
    this.#socket?.write(maskedFrame(opcodes.ping, new Uint8Array()))
    this.#after('pong', usualPace.pong, () => this.#socket?.destroy())
    this.#after('ping', usualPace.ping, () => this.#ping())
  }

  #ended(why: string): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#pending.clear()
    this.onlineSince = undefined
    const { failures } = this.#site.tally
    failures.set(why, (failures.get(why) ?? 0) + 1)
    const code = Number(why)
    if (endsAgent(code)) {
      this.#attempt = 0
      this.#after('restart', restartDelay, () => this.connect())
      return
    }
    const isRefusal = code >= closeCodes.missingIdentity.code
    const delay = reconnectDelay({ attempt: this.#attempt, isRefusal, random: Math.random() })
    this.#attempt += 1
    this.#after('backoff', delay, () => this.connect())
  }

  #after(what: string, milliseconds: number, work: () => void): void {
    this.#stop(what)
    this.#timers.set(what, setTimeout(work, milliseconds))
  }

  #stop(what: string): void {
    clearTimeout(this.#timers.get(what))
  }
}
