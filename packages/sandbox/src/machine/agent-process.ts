import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type AgentRunner, type InstalledAgent, restartDelay } from './agent-runner.ts'
import type { Launcher } from './launcher.ts'
import { searchPath } from './script.ts'

/** How long an agent that was told to end may take, as on a machine that shuts down. */
const grace = 2000

/** Runs each agent in a process of its own. What it prints goes to `/var/log/kontena-agent.log`. */
export function openAgentProcesses(launcher: Launcher): AgentRunner {
  return {
    async run(agent, signal) {
      await mkdir(join(agent.root, 'var/log'), { recursive: true })
      const program = await programOf(agent)
      while (!signal.aborted) {
        await runOnce(launcher, { ...agent, file: program }, signal)
        await delay(restartDelay, undefined, { signal }).catch(() => {})
      }
    },
    close: async () => {},
  }
}

/** What the unit runs, or the agent itself where user data brought nothing that starts it. */
async function programOf({ root, file }: InstalledAgent): Promise<string> {
  const starter = join(root, 'opt/kontena/start-agent.mjs')
  return access(starter).then(
    () => starter,
    () => file,
  )
}

/** Few machines of one computer need not spread the download of a new agent. */
const ours = { PATH: searchPath(), KONTENA_UPDATE_SPREAD: '1' }

async function runOnce(
  launcher: Launcher,
  { root, file, environment }: InstalledAgent,
  signal: AbortSignal,
): Promise<void> {
  const agent = launcher.start({
    file: process.execPath,
    arguments: [file],
    cwd: root,
    environment: { ...ours, KONTENA_ROOT: root, ...environment },
    output: join(root, 'var/log/kontena-agent.log'),
  })
  let force: NodeJS.Timeout | undefined
  const stop = () => {
    agent.signal('SIGTERM')
    force = setTimeout(() => agent.signal('SIGKILL'), grace)
  }
  signal.addEventListener('abort', stop)
  try {
    await agent.ended
  } finally {
    clearTimeout(force)
    signal.removeEventListener('abort', stop)
  }
}
