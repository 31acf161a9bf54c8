import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type AgentRunner, type InstalledAgent, restartDelay } from './agent-runner.ts'
import type { Children } from './children.ts'
import { searchPath } from './script.ts'

/** How long an agent that was told to end may take, as on a machine that shuts down. */
const grace = 2000

/** Runs each agent in a process of its own. What it prints goes to `/var/log/kontena-agent.log`. */
export function openAgentProcesses(children: Children): AgentRunner {
  return {
    async run(agent, signal) {
      while (!signal.aborted) {
        await runOnce(children, agent, signal)
        await delay(restartDelay, undefined, { signal }).catch(() => {})
      }
    },
  }
}

async function runOnce(
  children: Children,
  { root, file, environment }: InstalledAgent,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(join(root, 'var/log'), { recursive: true })
  const log = await open(join(root, 'var/log/kontena-agent.log'), 'a')
  try {
    if (signal.aborted) return
    const child = children.start(process.execPath, {
      arguments: [file],
      cwd: root,
      environment: { PATH: searchPath(), ...environment },
      stdio: ['ignore', log.fd, log.fd],
    })
    await endOf(children, child, signal)
  } finally {
    await log.close()
  }
}

async function endOf(children: Children, child: ChildProcess, signal: AbortSignal): Promise<void> {
  let force: NodeJS.Timeout | undefined
  const stop = () => {
    children.signal(child, 'SIGTERM')
    force = setTimeout(() => children.signal(child, 'SIGKILL'), grace)
  }
  signal.addEventListener('abort', stop)
  try {
    // A start that fails ends with an error instead of an exit; both are an end to start over from.
    await once(child, 'exit').catch(() => {})
  } finally {
    clearTimeout(force)
    signal.removeEventListener('abort', stop)
  }
}
