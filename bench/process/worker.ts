import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { z } from 'zod'

/** A script in a process of its own, which does what it is asked and answers. */
export interface Worker {
  readonly pid: number
  /** Rejects with what went wrong there, or when the process ends before it answers. */
  ask<T>(answer: z.ZodType<T>, command: object): Promise<T>
  /** Cuts it short. Resolves when the process has ended. */
  kill(): Promise<void>
  /** Lets it end by itself, as far as it has to write a profile. */
  leave(): Promise<void>
}

export interface WorkerOptions {
  /** Flags of Node for this process. */
  readonly flags?: readonly string[]
  /** File that takes what the process writes to standard output. */
  readonly output?: string
}

const message = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.string().optional(),
})

/** Starts the script from its sources, as this process was. */
export function startWorker(script: URL, { flags = [], output }: WorkerOptions = {}): Worker {
  const child = fork(script, {
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning', ...flags],
    stdio: ['ignore', output === undefined ? 'ignore' : openSync(output, 'a'), 'inherit', 'ipc'],
  })
  const exit = once(child, 'exit')
  let lastId = 0
  return {
    pid: child.pid ?? 0,
    ask: async (answer, command) => {
      if (!child.connected) throw new Error(`${script.pathname} has ended`)
      lastId += 1
      const reply = replyTo(child, lastId)
      child.send({ id: lastId, command })
      const ended = exit.then(([code, signal]) => {
        throw new Error(`${script.pathname} ended with ${code ?? signal}`)
      })
      return answer.parse(await Promise.race([reply, ended]))
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exit
    },
    leave: async () => {
      child.disconnect()
      await exit
    },
  }
}

function replyTo(child: ChildProcess, id: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const listen = (received: unknown): void => {
      const reply = message.parse(received)
      if (reply.id !== id) return
      child.off('message', listen)
      if (reply.error === undefined) resolve(reply.result)
      else reject(new Error(reply.error))
    }
    child.on('message', listen)
  })
}
