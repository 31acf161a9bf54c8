import { z } from 'zod'
import { openAgents } from '../agents/open-agents.ts'
import { cpuSample, loadResult } from '../http/commands.ts'
import { median } from '../median.ts'
import { startWorker, type Worker } from '../process/worker.ts'
import { table } from '../table.ts'
import { type BenchMaster, openMaster } from './open-master.ts'
import { makeAgents, makeGrids, nodeName } from './populate.ts'

const connections = 32
const rounds = 7
const roundSeconds = 1
const nodeCount = 100

interface Target {
  readonly name: string
  readonly url: string
  /** Milliseconds of processor time that the server has taken. */
  cpu(): Promise<number>
}

interface Round {
  /** Requests a second, and requests in a second of the server's processor time. */
  readonly perSecond: number
  readonly perCpuSecond: number
}

/** Routes behind the token check against a bare route of the same framework, in turn. */
export async function measureRequests(): Promise<string[]> {
  const master = await openMaster({ tls: false })
  const bare = startWorker(new URL('../http/bare-process.ts', import.meta.url))
  const load = startWorker(new URL('../http/load-process.ts', import.meta.url))
  try {
    const [grid = ''] = await connectNodes(master)
    const targets = [
      await bareTarget(bare, master),
      ...[`/v1/user`, `/v1/nodes/${grid}/${nodeName(0)}`, `/v1/grids/${grid}`].map((path) => ({
        name: `GET ${path}`,
        url: `${master.url}${path}`,
        cpu: async () => (await master.sample()).cpu,
      })),
    ]
    const measured: Round[][] = targets.map(() => [])
    for (let round = 0; round <= rounds; round++) {
      for (const [index, target] of targets.entries()) {
        const result = await runRound(load, target, master.token)
        if (round > 0) measured[index]?.push(result)
      }
    }
    return report(targets, measured)
  } finally {
    await Promise.all([load.kill(), bare.kill(), master.close()])
  }
}

/** Nodes that have said what they are, so that their answers are of the usual length. */
async function connectNodes(master: BenchMaster): Promise<string[]> {
  const grids = await makeGrids(master.client, 1)
  const agents = await openAgents(master, await makeAgents(master.client, grids, { to: nodeCount }))
  await agents.online(await agents.connect())
  await agents.close()
  return grids.map(({ name }) => name)
}

async function bareTarget(bare: Worker, master: BenchMaster): Promise<Target> {
  const body = JSON.stringify(await master.client.user())
  return {
    name: 'bare route, same answer as /v1/user',
    url: await bare.ask(z.string(), { do: 'start', body }),
    cpu: async () => (await bare.ask(cpuSample, { do: 'sample' })).cpu,
  }
}

async function runRound(load: Worker, { url, cpu }: Target, token: string): Promise<Round> {
  const before = await cpu()
  const command = { url, token, connections, seconds: roundSeconds }
  const { requests, seconds } = await load.ask(loadResult, command)
  const spent = ((await cpu()) - before) / 1000
  return { perSecond: requests / seconds, perCpuSecond: requests / spent }
}

function report(targets: readonly Target[], measured: readonly Round[][]): string[] {
  const medians = measured.map((all) => ({
    perSecond: median(all.map(({ perSecond }) => perSecond)),
    perCpuSecond: median(all.map(({ perCpuSecond }) => perCpuSecond)),
  }))
  const [base] = medians
  const rows = targets.map(({ name }, index) => {
    const { perSecond = 0, perCpuSecond = 0 } = medians[index] ?? {}
    const ratio = (value: number, whole = 1): string => (value / whole).toFixed(2)
    return [
      name,
      perSecond.toFixed(0),
      ratio(perSecond, base?.perSecond),
      perCpuSecond.toFixed(0),
      ratio(perCpuSecond, base?.perCpuSecond),
    ]
  })
  return [
    `Median of ${rounds} rounds of ${roundSeconds} s each, all routes in turn; ${connections} connections; a grid of ${nodeCount} nodes.`,
    '',
    ...table(
      ['route', 'requests a second', 'ratio', 'per second of processor time', 'ratio'],
      rows,
    ),
  ]
}
