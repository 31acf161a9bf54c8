import { z } from 'zod'
import { startWorker } from '../process/worker.ts'
import {
  type AgentCommand,
  type AgentsReport,
  agentsReport,
  type CallName,
  count,
  moment,
  moments,
} from './commands.ts'
import type { AgentIdentity } from './identity.ts'

/** Simulated agents in a process of their own. Moments are milliseconds since 1970. */
export interface Agents {
  /** All at once. Resolves to the moment. */
  connect(): Promise<number>
  /** Resolves to when each came online, all of them having done so after this moment. */
  online(after: number): Promise<number[]>
  report(): Promise<AgentsReport>
  /** Resolves to how many calls the agents made, each one after the other. */
  call(what: CallName, seconds: number): Promise<number>
  close(): Promise<void>
}

/** Milliseconds for all to come online. */
const patience = 300_000

export async function openAgents(
  master: { url: string; ca: string | undefined },
  agents: AgentIdentity[],
): Promise<Agents> {
  const { hostname: host, port } = new URL(master.url)
  const worker = startWorker(new URL('agents-process.ts', import.meta.url))
  const ask = <T>(answer: z.ZodType<T>, command: AgentCommand): Promise<T> =>
    worker.ask(answer, command)
  await ask(z.undefined(), { do: 'add', host, port: Number(port), ca: master.ca, agents })
  return {
    connect: () => ask(moment, { do: 'connect' }),
    online: (after) => ask(moments, { do: 'await-online', after, within: patience }),
    report: () => ask(agentsReport, { do: 'report' }),
    call: (what, seconds) => ask(count, { do: 'call', what, seconds }),
    close: () => worker.kill(),
  }
}
