import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { type AgentRunner, type InstalledAgent, restartDelay } from './agent-runner.ts'
import { searchPath } from './script.ts'

/**
 * Imports each downloaded agent, once per content, and starts it with its machine's environment.
 * It ends with the sandbox, when its channel closes. Text and not a file, as the program in
 * `launcher.ts` is, and for the same reason.
 */
const host = `
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
const modules = new Map()
const agents = new Map()
async function start({ id, file, environment }) {
  const hash = createHash('sha256').update(await readFile(file)).digest('hex')
  if (!modules.has(hash)) modules.set(hash, import(pathToFileURL(file)))
  const { startAgent } = await modules.get(hash)
  return startAgent(environment)
}
process.on('disconnect', () => process.exit())
process.on('message', (message) => {
  const { id } = message
  const ended = (error) => {
    agents.delete(id)
    process.send({ id, error: error === undefined ? undefined : String(error) })
  }
  if (message.file !== undefined) {
    const agent = start(message)
    agents.set(id, agent)
    agent.then((it) => it.stopped?.then(() => agents.has(id) && ended())).catch(ended)
    return
  }
  const agent = agents.get(id)
  if (agent === undefined) return ended()
  agents.delete(id)
  agent.then((it) => it.stop()).then(() => ended(), ended)
})
`

const ended = z.object({ id: z.number(), error: z.string().optional() })

interface Host {
  /** Starts an agent under a number; resolves when it ended, whatever the reason. */
  start(id: number, agent: InstalledAgent): Promise<void>
  stop(id: number): void
  close(): Promise<void>
}

/** Runs all agents in one process, so that a hundred machines fit a laptop. */
export function openAgentHost(scratch: string): AgentRunner {
  let current: Host | undefined
  let lastId = 0
  const open = () => {
    current ??= startHost(scratch, () => {
      current = undefined
    })
    return current
  }
  open()
  return {
    async run(agent, signal) {
      while (!signal.aborted) {
        lastId += 1
        const id = lastId
        const shared = open()
        const stop = () => shared.stop(id)
        signal.addEventListener('abort', stop)
        await shared.start(id, agent)
        signal.removeEventListener('abort', stop)
        await delay(restartDelay, undefined, { signal }).catch(() => {})
      }
    },
    close: async () => current?.close(),
  }
}

function startHost(scratch: string, onEnd: () => void): Host {
  const waiting = new Map<number, () => void>()
  const child = spawn(process.execPath, ['--input-type=module', '-e', host], {
    cwd: scratch,
    env: { PATH: searchPath() },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: true,
  })
  const settle = (id: number) => {
    waiting.get(id)?.()
    waiting.delete(id)
  }
  const end = () => {
    onEnd()
    for (const id of [...waiting.keys()]) settle(id)
  }
  child.on('message', (message) => settle(ended.parse(message).id))
  child.once('exit', end)
  child.once('error', end)
  return {
    start(id, { file, environment }) {
      return new Promise((resolve) => {
        waiting.set(id, resolve)
        tell(child, { id, file, environment })
      })
    },
    stop: (id) => tell(child, { id }),
    async close() {
      const exited = once(child, 'exit')
      if (child.kill('SIGKILL')) await exited
    },
  }
}

/** A host that is just ending is not told; its end settles whatever waits for it. */
function tell(child: ChildProcess, message: object): void {
  if (child.connected) child.send(message, () => {})
}
