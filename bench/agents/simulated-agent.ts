import { closeCodes, encodeFrame, endsAgent, type RpcFrame } from '@kontena/protocol'
import { reconnectDelay } from '../../packages/agent/src/connection/backoff.ts'
import { usualPace } from '../../packages/agent/src/pace.ts'
import { type AgentSite, type AgentSocket, openAgentSocket } from './agent-socket.ts'
import { hostReport, statisticsReport } from './host-reports.ts'
import type { AgentIdentity } from './identity.ts'
import { peek } from './peek.ts'
import type { Turns } from './turns.ts'
import { type Frame, maskedFrame, opcodes } from './websocket-frames.ts'

/** What all agents of a process did together. */
export interface Tally {
  attempts: number
  /** Attempts that came to nothing, by what ended them. */
  failures: Map<string, number>
  messagesSent: number
  bytesReceived: number
}

/** What all agents of a process share. */
export interface SharedSite extends AgentSite {
  readonly tally: Tally
  /** Whose turn it is to connect. */
  readonly turns: Turns
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
  readonly #site: SharedSite
  #attempt = 0
  #lastId = 0
  #wasAccepted = false
  #isConnecting = false
  #socket: AgentSocket | undefined
  /** What waits for answers, by the ids of the requests. */
  readonly #pending = new Map<number, (isError: boolean) => void>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  /** When the master said that it has stored this agent's host; undefined while it has not. */
  onlineSince: number | undefined

  constructor(identity: AgentIdentity, site: SharedSite) {
    this.#identity = identity
    this.#site = site
  }

  /** As soon as it is its turn; the time that it has for it begins then. */
  connect(): void {
    this.#site.turns.take(() => this.#connect())
  }

  #connect(): void {
    const { tally, turns } = this.#site
    this.#isConnecting = true
    tally.attempts += 1
    this.#wasAccepted = false
    this.#socket = openAgentSocket({
      ...this.#site,
      identity: this.#identity,
      onUpgrade: () => {
        this.#stop('connect')
        this.#isConnecting = false
        turns.leave()
        this.#after('ping', usualPace.ping, () => this.#ping())
      },
      onFrame: (frame) => this.#receive(frame),
      onBytes: (count) => {
        tally.bytesReceived += count
      },
      onEnd: (why) => this.#ended(why),
    })
    this.#after('connect', usualPace.connect, () => this.#socket?.cut('no upgrade in time'))
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
    this.#after('pong', usualPace.pong, () => this.#socket?.cut('no pong in time'))
    this.#after('ping', usualPace.ping, () => this.#ping())
  }

  #ended(why: string): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#pending.clear()
    this.onlineSince = undefined
    if (this.#isConnecting) this.#site.turns.leave()
    this.#isConnecting = false
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
