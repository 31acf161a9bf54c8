import { randomInt } from 'node:crypto'
import { decodeFrame, encodeFrame, type RpcError } from '@kontena/protocol'
import { reasonOf } from '../reason-of.ts'

export interface RpcOptions {
  readonly send: (frame: Uint8Array) => void
  /** Milliseconds that the other side has for an answer. */
  readonly timeout: number
  readonly onNotification: (method: string, params: readonly unknown[]) => void
  /** All that the other side may ask for. */
  readonly methods: Readonly<Record<string, Method>>
}

/** Answers a request; what it throws is told as an error. */
export type Method = (params: readonly unknown[]) => Promise<unknown>

/** One side of MessagePack-RPC on an open socket. */
export interface Rpc {
  /** Rejects with what the other side says, or when no answer comes. */
  request(method: string, params: unknown[]): Promise<unknown>
  notify(method: string, params: unknown[]): void
  /** Takes a frame that arrived. Throws on one that is none. */
  receive(frame: Uint8Array): void
  /** Gives up all requests. */
  close(): void
}

interface Pending {
  settle(error: RpcError | undefined, result: unknown): void
  fail(reason: string): void
}

/** As 1.5 says it. */
const notImplemented: RpcError = { code: 501, error: 'service not implemented' }

/** Requests of the other side that are under way at once. */
const mostAnswers = 32
const tooMany: RpcError = { code: 503, message: 'too many requests at once' }

export function openRpc({ send, timeout, onNotification, methods }: RpcOptions): Rpc {
  const pending = new Map<number, Pending>()
  let answers = 0

  async function answer(id: number, name: string, params: readonly unknown[]): Promise<void> {
    const respond = (error: RpcError | undefined, result: unknown): void =>
      send(encodeFrame({ type: 'response', id, error, result }))
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined
    if (method === undefined) return respond(notImplemented, null)
    if (answers >= mostAnswers) return respond(tooMany, null)
    answers += 1
    try {
      respond(undefined, await method(params))
    } catch (error) {
      respond({ code: 500, message: reasonOf(error) }, null)
    } finally {
      answers -= 1
    }
  }

  return {
    request: (method, params) =>
      new Promise((resolve, reject) => {
        const id = unusedId(pending)
        const forget = (): void => {
          clearTimeout(limit)
          pending.delete(id)
        }
        const fail = (reason: string): void => {
          forget()
          reject(new Error(`${method}: ${reason}`))
        }
        const limit = setTimeout(() => fail('no answer in time'), timeout)
        const settle: Pending['settle'] = (error, result) => {
          if (error !== undefined) {
            fail(`${error.code} ${error.message ?? error.error ?? ''}`.trim())
            return
          }
          forget()
          resolve(result)
        }
        pending.set(id, { settle, fail })
        send(encodeFrame({ type: 'request', id, method, params }))
      }),
    notify: (method, params) => send(encodeFrame({ type: 'notification', method, params })),
    receive(bytes) {
      const frame = decodeFrame(bytes)
      if (frame.type === 'notification') onNotification(frame.method, frame.params)
      else if (frame.type === 'response') pending.get(frame.id)?.settle(frame.error, frame.result)
      else void answer(frame.id, frame.method, frame.params)
    },
    close() {
      for (const { fail } of [...pending.values()]) fail('the connection is closed')
    },
  }
}

/** Ids are 31 bits wide and random, as in 1.5. */
function unusedId(pending: ReadonlyMap<number, unknown>): number {
  const id = randomInt(2 ** 31)
  return pending.has(id) ? unusedId(pending) : id
}
