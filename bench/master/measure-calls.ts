import type { CallName } from '../agents/commands.ts'
import { type Agents, openAgents } from '../agents/open-agents.ts'
import { median } from '../median.ts'
import { table } from '../table.ts'
import { type BenchMaster, openMaster } from './open-master.ts'
import { makeAgents, makeGrids } from './populate.ts'

const agentCount = 500
const rounds = 5
const roundSeconds = 1

const names: Readonly<Record<CallName, string>> = {
  heard: 'a container’s health, which is answered and not kept',
  statistics: 'a sample of statistics, stored within a quarter of a second',
  host: 'what a host is, on disk before the answer',
}
const kinds = ['heard', 'statistics', 'host'] as const

interface Round {
  readonly perSecond: number
  readonly perCpuSecond: number
  readonly perCommit: number
}

/** Requests of connected agents, each agent with one under way. */
export async function measureCalls(): Promise<string[]> {
  const master = await openMaster({ tls: false })
  try {
    const grids = await makeGrids(master.client, 5)
    const agents = await openAgents(
      master,
      await makeAgents(master.client, grids, { to: agentCount }),
    )
    try {
      await agents.online(await agents.connect())
      const measured: Record<CallName, Round[]> = { heard: [], statistics: [], host: [] }
      for (let round = 0; round <= rounds; round++) {
        for (const what of kinds) {
          const result = await runRound(master, agents, what)
          if (round > 0) measured[what].push(result)
        }
      }
      return report(measured)
    } finally {
      await agents.close()
    }
  } finally {
    await master.close()
  }
}

async function runRound(master: BenchMaster, agents: Agents, what: CallName): Promise<Round> {
  const before = await master.sample()
  const calls = await agents.call(what, roundSeconds)
  const after = await master.sample()
  return {
    perSecond: (calls / (after.at - before.at)) * 1000,
    perCpuSecond: (calls / (after.cpu - before.cpu)) * 1000,
    perCommit: calls / (after.commits - before.commits),
  }
}

function report(measured: Record<CallName, Round[]>): string[] {
  const rows = kinds.map((what) => {
    const middle = (of: keyof Round): number => median(measured[what].map((round) => round[of]))
    const perCommit = middle('perCommit')
    return [
      names[what],
      middle('perSecond').toFixed(0),
      middle('perCpuSecond').toFixed(0),
      what === 'heard' ? '' : perCommit.toFixed(0),
    ]
  })
  return [
    `Median of ${rounds} rounds of ${roundSeconds} s each, all kinds in turn; ${agentCount} agents, each with one call under way.`,
    '',
    ...table(['call', 'a second', 'per second of processor time', 'per commit'], rows),
  ]
}
