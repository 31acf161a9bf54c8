import { randomInt } from 'node:crypto'
import type { RpcFrame } from '@kontena/protocol'
import type { AgentAnswer, AgentCall, AskOptions } from './agent-calls.ts'

type Request = Extract<RpcFrame, { type: 'request' }>
type Response = Extract<RpcFrame, { type: 'response' }>

/** What the master has asked over one connection, and not been answered yet. */
export interface Questions {
  /** Rejects only with the reason of its signal. */
  ask<T>(call: AgentCall<T>, options: AskOptions): Promise<AgentAnswer<T>>
  /** Takes a response that came over this connection. One that nobody waits for is dropped. */
  settle(response: Response): void
  /** The connection is gone: nobody will answer. */
  end(): void
}

/** Questions that may wait for one agent. */
const mostOpen = 16

export function openQuestions(send: (request: Request) => void): Questions {
  const open = new Map<number, (response: Response | undefined) => void>()
  let isEnded = false

  return {
    ask: <T>(call: AgentCall<T>, { timeout, signal }: AskOptions) =>
      new Promise<AgentAnswer<T>>((resolve, reject) => {
        if (isEnded) return resolve({ outcome: 'disconnected' })
        if (open.size >= mostOpen) return resolve({ outcome: 'busy' })
        if (signal?.aborted) return reject(signal.reason)
        const id = unusedId(open)
        const forget = (): void => {
          open.delete(id)
          clearTimeout(limit)
          signal?.removeEventListener('abort', cancel)
        }
        const cancel = (): void => {
          forget()
          reject(signal?.reason)
        }
        const limit = setTimeout(() => {
          forget()
          resolve({ outcome: 'silent' })
        }, timeout)
        signal?.addEventListener('abort', cancel, { once: true })
        open.set(id, (response) => {
          forget()
          resolve(response === undefined ? { outcome: 'disconnected' } : answer(call, response))
        })
        send({ type: 'request', id, method: call.method, params: [...call.params] })
      }),
    settle: (response) => open.get(response.id)?.(response),
    end: () => {
      isEnded = true
      for (const settle of [...open.values()]) settle(undefined)
    },
  }
}

function answer<T>(call: AgentCall<T>, { error, result }: Response): AgentAnswer<T> {
  if (error !== undefined) return { outcome: 'failed', error }
  const parsed = call.result.safeParse(result)
  if (parsed.success) return { outcome: 'answered', result: parsed.data }
  return { outcome: 'failed', error: { code: 502, message: 'the answer makes no sense' } }
}

/** Ids are 31 bits wide and random, as in 1.5. */
function unusedId(open: ReadonlyMap<number, unknown>): number {
  const id = randomInt(2 ** 31)
  return open.has(id) ? unusedId(open) : id
}
