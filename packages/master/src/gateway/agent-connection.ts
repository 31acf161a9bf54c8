import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CloseReason,
  closeCodes,
  decodeFrame,
  encodeFrame,
  type RpcFrame,
} from '@kontena/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { RawData, WebSocket } from 'ws'
import type { AgentAnswer, AgentCall, AskOptions } from './agent-calls.ts'
import { keepAlive } from './keepalive.ts'
import { openQuestions } from './questions.ts'
import type { RateLimit } from './rate-limit.ts'
import { readInOrder } from './read-in-order.ts'
import { callMethod, costOfMethod, type RpcAnswer, type RpcContext } from './rpc-methods.ts'

/** A connected agent, as the rest of the master sees it. */
export interface AgentConnection {
  readonly key: string
  readonly grid: string
  readonly name: string
  /** The store's number for this connection; a higher one is newer. */
  readonly connection: number
  readonly connectedAt: Date
  /** Sends a frame that was encoded before. A peer that does not read what it is sent is cut off. */
  send(frame: Uint8Array): void
  /** Rejects only with the reason of its signal. */
  ask<T>(call: AgentCall<T>, options: AskOptions): Promise<AgentAnswer<T>>
  /** Marks the node disconnected at once; the peer may be dead and never answer the close. */
  close(reason: CloseReason | 'shutdown', text: string): void
  /** Resolves to the code the socket was closed with when the store knows; 1006 where the peer said none. */
  readonly closed: Promise<number>
}

export interface ConnectionOptions extends RpcContext {
  readonly log: FastifyBaseLogger
  readonly connectedAt: Date
  /** What the agent may send. */
  readonly limit: RateLimit
  readonly keepaliveInterval: number
  readonly pingTimeout: number
  /** Aborted when the master ends. */
  readonly ending: AbortSignal
}

/** Bytes that may wait for a peer that does not read. All that the master says unasked is below. */
const mostUnread = 1024 * 1024

/** How long a peer may take to answer a close before its socket is cut. */
const closeGrace = 1_000

/** Speaks with an agent that has been let in, until either side closes. */
export function serveAgent(socket: WebSocket, options: ConnectionOptions): AgentConnection {
  const { from, store, clock, log } = options
  let recorded: Promise<void> | undefined
  let isOver = false
  const record = (code: number, reason: string): Promise<void> => {
    recorded ??= storeEnd({ code, reason }, clock())
    return recorded
  }
  const questions = openQuestions((request) => write(encodeFrame(request)))
  const closed = new Promise<number>((resolve) => {
    const finish = (code: number, reason: string) => {
      questions.end()
      return record(code, reason).then(() => resolve(code))
    }
    // It may have been closed while the connection was being stored.
    if (socket.readyState === socket.CLOSED) void finish(1006, '')
    else socket.once('close', (code, reason) => void finish(code, reason.toString()))
  })
  const agent: AgentConnection = {
    key: from.key,
    grid: from.grid,
    name: from.name,
    connection: from.connection,
    connectedAt: options.connectedAt,
    closed,
    send: write,
    ask: questions.ask,
    close: (reason, text) => {
      const code = reason === 'shutdown' ? 1001 : closeCodes[reason].code
      void record(code, text)
      end(code, text)
    },
  }

  readInOrder(socket, { handle: receive, limit: options.limit })
  socket.on('ping', cutIfUnread)
  keepAlive(socket, {
    interval: options.keepaliveInterval,
    timeout: options.pingTimeout,
    onPong: () => void confirm(),
    onSilence: () =>
      agent.close('pingTimeout', `ping timeout after ${options.pingTimeout / 1000}s`),
  })
  return agent

  /** What the agent has sent by now, and waits to be read, is not heard any more. */
  function end(code: number, text: string): void {
    if (isOver) return
    isOver = true
    closeSocket(socket, code, text)
  }

  function write(frame: Uint8Array): void {
    if (!cutIfUnread()) socket.send(frame, () => {})
  }

  function cutIfUnread(): boolean {
    if (socket.bufferedAmount <= mostUnread) return false
    isOver = true
    void record(1006, 'the agent does not read what it is sent')
    socket.terminate()
    return true
  }

  /** Stored later where it cannot be now, as on a full disk: the node would seem online for ever. */
  async function storeEnd(close: { code: number; reason: string }, now: Date): Promise<void> {
    const about = { node: from.name, grid: from.grid, ...close }
    try {
      const counted = await store.closeConnection(from, close, now)
      log.info({ ...about, counted }, 'agent disconnected')
    } catch (error) {
      log.error({ ...about, err: error }, 'disconnect was not stored')
      const { ending: signal, keepaliveInterval } = options
      void sleep(keepaliveInterval, undefined, { ref: false, signal }).then(
        () => storeEnd(close, now),
        () => {},
      )
    }
  }

  async function receive(data: RawData, isBinary: boolean): Promise<void> {
    if (isOver) return
    const frame = isBinary ? readFrame(data) : undefined
    if (frame === undefined) {
      log.warn({ node: from.name, grid: from.grid }, 'agent sent a frame that is no RPC message')
      end(1007, 'not an RPC message')
      return
    }
    if (frame.type === 'response') return questions.settle(frame)
    options.limit.take(costOfMethod(frame.method))
    const answer = await answerTo(frame.method, frame.params)
    if (answer.error !== undefined) {
      log.debug({ node: from.name, method: frame.method, error: answer.error }, 'call refused')
    }
    // Waited for, so that an agent which asks without reading holds up itself alone.
    if (frame.type === 'request') await send(socket, { type: 'response', id: frame.id, ...answer })
  }

  /** A request gets its answer whatever happens, or the agent waits 30 s for it. */
  async function answerTo(method: string, params: unknown[]): Promise<RpcAnswer> {
    try {
      return await callMethod(method, params, options)
    } catch (error) {
      log.error({ err: error, node: from.name, method }, 'call failed')
      return { error: { code: 500, message: 'Internal server error' }, result: undefined }
    }
  }

  async function confirm(): Promise<void> {
    try {
      const presence = await store.seen(from, clock())
      const name = `host node ${from.name}`
      if (presence === 'removed') agent.close('removed', `${name} has been removed`)
      if (presence === 'disconnected') agent.close('disconnected', `${name} has been disconnected`)
      if (presence === 'replaced') {
        agent.close('replacedByNewConnection', `${name} connection conflict with new connection`)
      }
    } catch (error) {
      log.error({ err: error, node: from.name }, 'pong was not stored')
    }
  }
}

/** Closes politely, and cuts the socket where the peer does not answer. */
export function closeSocket(socket: WebSocket, code: number, text: string): void {
  // A close frame holds 123 bytes of text; ours is ASCII but for names.
  socket.close(code, Buffer.from(text).subarray(0, 123))
  // The peer's answer has to be read, also where reading was held up.
  socket.resume()
  const cut = setTimeout(() => socket.terminate(), closeGrace)
  socket.once('close', () => clearTimeout(cut))
}

/** Resolves when the frame has been handed to the system, or never will be. */
export function send(socket: WebSocket, frame: RpcFrame): Promise<void> {
  return new Promise((resolve) => socket.send(encodeFrame(frame), () => resolve()))
}

function readFrame(data: RawData): RpcFrame | undefined {
  try {
    return decodeFrame(Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data))
  } catch {
    return undefined
  }
}
