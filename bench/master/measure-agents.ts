import type { AgentIdentity } from '../agents/identity.ts'
import { type Agents, openAgents } from '../agents/open-agents.ts'
import { checkOpenFiles } from '../agents/open-files.ts'
import { askAtRate } from '../http/at-a-rate.ts'
import type { BenchOptions } from '../options.ts'
import { quantile } from '../quantile.ts'
import { table } from '../table.ts'
import type { MasterSample } from './commands.ts'
import { type BenchMaster, openMaster } from './open-master.ts'
import { makeAgents, makeGrids } from './populate.ts'

/** Names and figures, in the order of the table. */
type Figures = readonly (readonly [string, string])[]

const gridCount = 10
/** Requests a second for single nodes while agents are connected. */
const rate = 50

/** A real master with simulated agents, over plain HTTP and over TLS. */
export async function measureAgents(options: BenchOptions): Promise<string[]> {
  checkOpenFiles(options.agents)
  const plain = await measureOne({ ...options, tls: false })
  const secure = await measureOne({ ...options, tls: true })
  const { agents, seconds } = options
  return [
    `${agents} agents in ${gridCount} grids, half with node tokens and half with grid tokens; the steady state is over ${seconds} s.`,
    '',
    ...table(
      ['', 'ws', 'wss'],
      plain.map(([name, figure], index) => [name, figure, secure[index]?.[1] ?? '']),
    ),
  ]
}

async function measureOne(options: BenchOptions & { tls: boolean }): Promise<Figures> {
  const master = await openMaster(options)
  try {
    const grids = await makeGrids(master.client, gridCount)
    const identities = await makeAgents(master.client, grids, { to: options.agents })
    const agents = await openAgents(master, identities)
    try {
      const first = await firstConnection(master, agents)
      const again = await reconnection(master, agents)
      const steady = await steadyState(master, agents, { ...options, grids, identities })
      return [...first, ...again, ...steady]
    } finally {
      await agents.close()
    }
  } finally {
    await master.close()
  }
}

async function firstConnection(master: BenchMaster, agents: Agents): Promise<Figures> {
  const [before, idle] = [await master.sample(), await agents.report()]
  const start = await agents.connect()
  const online = await agents.online(start)
  const [after, { attempts, cpu }] = [await master.sample(), await agents.report()]
  return [
    ['first connection, all at once: half online, s', since(start, quantile(online, 0.5))],
    ['all online, s', since(start, quantile(online, 1))],
    ['attempts per agent', (attempts / online.length).toFixed(2)],
    ['CPU time of the master per agent, ms', perAgent(after.cpu - before.cpu, online.length)],
    ['CPU time of the agent itself, ms', perAgent(cpu - idle.cpu, online.length)],
    ['event loop late meanwhile, p99, ms', after.loop.p99.toFixed(0)],
  ]
}

interface SteadyOptions extends BenchOptions {
  readonly grids: readonly { name: string }[]
  readonly identities: readonly AgentIdentity[]
}

async function steadyState(
  master: BenchMaster,
  agents: Agents,
  { seconds, grids, identities }: SteadyOptions,
): Promise<Figures> {
  const urls = identities.map(({ place, name }) => {
    const grid = grids[place % grids.length]?.name
    return `${master.url}/v1/nodes/${grid}/${name}`
  })
  const [before, sent] = [await master.sample(), await agents.report()]
  const latencies = await askAtRate(shuffled(urls), { ...master, rate, seconds })
  const [after, report] = [await master.sample(), await agents.report()]
  const messages = (report.messagesSent - sent.messagesSent) / seconds
  return [
    ['steady: CPU of the master, % of one core', cpuShare(before, after)],
    ['reports from agents a second', messages.toFixed(0)],
    ['commits to disk a second', ((after.commits - before.commits) / seconds).toFixed(1)],
    ['event loop late, p50 / p99, ms', `${ms(after.loop.p50)} / ${ms(after.loop.p99)}`],
    [
      `one node by REST, ${rate} a second, p50 / p99, ms`,
      `${ms(quantile(latencies, 0.5))} / ${ms(quantile(latencies, 0.99))}`,
    ],
    ['RSS of the master, MB', (after.rss / 1024 ** 2).toFixed(0)],
    ['above RSS without agents, KB per agent', rssPerAgent(master, after, identities.length)],
    ['connections lost', String(identities.length - report.online)],
  ]
}

async function reconnection(master: BenchMaster, agents: Agents): Promise<Figures> {
  const { attempts } = await agents.report()
  const { killed, listening } = await master.restart()
  const online = await agents.online(killed)
  const sample = await master.sample()
  const report = await agents.report()
  return [
    ['killed and started again: it listens after, s', since(killed, listening)],
    ['since then half online, s', since(listening, quantile(online, 0.5))],
    ['all online, s', since(listening, quantile(online, 1))],
    ['attempts per agent', ((report.attempts - attempts) / online.length).toFixed(2)],
    [
      'CPU time of the master per agent, ms',
      perAgent(sample.cpu - master.atStart().cpu, online.length),
    ],
    ['event loop late meanwhile, p99, ms', sample.loop.p99.toFixed(0)],
  ]
}

function since(start: number, end: number): string {
  return ((end - start) / 1000).toFixed(2)
}

function rssPerAgent(master: BenchMaster, { rss }: MasterSample, agents: number): string {
  return ((rss - master.atStart().rss) / agents / 1024).toFixed(1)
}

function perAgent(milliseconds: number, agents: number): string {
  return (milliseconds / agents).toFixed(2)
}

function cpuShare(before: MasterSample, after: MasterSample): string {
  return (((after.cpu - before.cpu) / (after.at - before.at)) * 100).toFixed(0)
}

function ms(value: number): string {
  return value.toFixed(1)
}

/** In an order that has nothing to do with the database's, and is the same in each run. */
function shuffled<T>(values: readonly T[]): T[] {
  const stride = 7919
  return values
    .map((_, index) => values[(index * stride) % values.length])
    .filter((value) => value !== undefined)
}
