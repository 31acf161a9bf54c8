import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'

/**
 * Starts the processes of simulated machines from a small process of its own: forking this one costs
 * ten times as much once an SDK is loaded, and a hundred machines boot at the same moment. It also
 * sees to it that none of them outlives the sandbox, however that ends.
 */
export interface Launcher {
  start(command: Command): Launched
  /** Kills what is left. */
  close(): Promise<void>
}

export interface Command {
  readonly file: string
  readonly arguments?: readonly string[]
  readonly cwd: string
  /** The whole environment: nothing of ours is passed on. */
  readonly environment: Readonly<Record<string, string>>
  /** Where its output goes: to a function as it comes, or to the end of a file. */
  readonly output: ((text: string) => void) | string
}

export interface Launched {
  /** Resolves at its end to why it failed, undefined when it did not. */
  readonly ended: Promise<string | undefined>
  /** Signals it together with whatever it started. */
  signal(signal: NodeJS.Signals): void
}

/**
 * Does as it is told over its channel. When that closes, the sandbox is gone: it kills what it started
 * and removes the scratch folder. It travels as text because the sandbox also runs bundled into the
 * command line, where no file of its own exists.
 */
const program = `
import { spawn } from 'node:child_process'
import { closeSync, openSync, rmSync } from 'node:fs'
const running = new Map()
const kill = (child, signal) => {
  try { process.kill(-child.pid, signal) } catch {}
}
const start = ({ id, file, args, cwd, env, log }) => {
  const output = log === undefined ? 'pipe' : openSync(log, 'a')
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', output, output], detached: true })
  if (log !== undefined) closeSync(output)
  running.set(id, child)
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => process.send({ id, text }))
  }
  const end = (failure) => {
    if (running.delete(id)) process.send({ id, isEnded: true, failure })
  }
  child.once('error', (error) => end(error.message))
  child.once('close', (code, signal) => {
    end(code === 0 ? undefined : code === null ? 'ended by ' + signal : 'exit code ' + code)
  })
}
process.on('message', (message) => {
  const { id, signal } = message
  if (signal !== undefined) return running.has(id) && kill(running.get(id), signal)
  try { start(message) } catch (error) {
    process.send({ id, isEnded: true, failure: error.message })
  }
})
process.on('disconnect', () => {
  for (const child of running.values()) kill(child, 'SIGKILL')
  rmSync(process.argv[1], { recursive: true, force: true, maxRetries: 5 })
  process.exit()
})
`

const report = z.object({
  id: z.number(),
  text: z.string().optional(),
  isEnded: z.boolean().optional(),
  failure: z.string().optional(),
})

interface Waiting {
  readonly print: (text: string) => void
  readonly end: (failure: string | undefined) => void
}

/** @param scratch folder that goes when the sandbox ends */
export function openLauncher(scratch: string): Launcher {
  const waiting = new Map<number, Waiting>()
  let child: ChildProcess | undefined
  let lastId = 0
  const open = () => {
    child ??= openProcess(scratch, waiting, () => {
      child = undefined
    })
    return child
  }
  return {
    start({ file, arguments: args = [], cwd, environment: env, output }) {
      lastId += 1
      const id = lastId
      const isFile = typeof output === 'string'
      const ended = new Promise<string | undefined>((end) => {
        waiting.set(id, { print: isFile ? () => {} : output, end })
      })
      tell(open(), { id, file, args, cwd, env, log: isFile ? output : undefined })
      return {
        ended,
        signal(signal) {
          if (child !== undefined) tell(child, { id, signal })
        },
      }
    },
    async close() {
      if (child === undefined) return
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}

function openProcess(
  scratch: string,
  waiting: Map<number, Waiting>,
  onEnd: () => void,
): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, scratch], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
    // Ctrl-C in a terminal is for the sandbox, which then ends its machines in order.
    detached: true,
  })
  child.unref()
  child.channel?.unref()
  child.on('message', (message) => {
    const { id, text, isEnded, failure } = report.parse(message)
    if (text !== undefined) waiting.get(id)?.print(text)
    if (isEnded !== true) return
    waiting.get(id)?.end(failure)
    waiting.delete(id)
  })
  const end = () => {
    onEnd()
    for (const { end: fail } of waiting.values()) fail('the launcher ended')
    waiting.clear()
  }
  child.once('exit', end)
  child.once('error', end)
  return child
}

/** A launcher that is just ending is not told; its end settles whatever waits for it. */
function tell(child: ChildProcess, message: object): void {
  if (child.connected) child.send(message, () => {})
}
