import { setTimeout as sleep } from 'node:timers/promises'
import { usualPace } from '../../packages/agent/src/pace.ts'
import type { AgentIdentity } from '../agents/identity.ts'
import { openAgents } from '../agents/open-agents.ts'
import { median } from '../median.ts'
import { table } from '../table.ts'
import { type BenchMaster, openMaster } from './open-master.ts'
import { makeAgents, makeGrids } from './populate.ts'

const sizes = [100, 250, 500, 1000, 2000]
const runs = 15

interface Listing {
  readonly nodes: number
  readonly milliseconds: number
  readonly cpu: number
  readonly bytes: number
}

/** All nodes of one grid, which grows, by one request. */
export async function measureLists(): Promise<string[]> {
  const master = await openMaster({ tls: false })
  try {
    const grids = await makeGrids(master.client, 1)
    const listings: Listing[] = []
    for (const [index, nodes] of sizes.entries()) {
      const range = { from: sizes[index - 1] ?? 0, to: nodes }
      await connectOnce(master, await makeAgents(master.client, grids, range))
      const url = `${master.url}/v1/grids/${grids[0]?.name}/nodes`
      listings.push({ nodes, ...(await list(master, url)) })
    }
    return report(listings)
  } finally {
    await master.close()
  }
}

/** Until the master knows of each agent what it knows of those that are connected. */
async function connectOnce(master: BenchMaster, identities: AgentIdentity[]): Promise<void> {
  const agents = await openAgents(master, identities)
  await agents.online(await agents.connect())
  await sleep(usualPace.firstStatistics + 1000)
  await agents.close()
  await sleep(1000)
}

async function list({ sample, token }: BenchMaster, url: string): Promise<Omit<Listing, 'nodes'>> {
  const headers = { authorization: `Bearer ${token}` }
  const times: number[] = []
  let bytes = 0
  const before = await sample()
  for (let run = 0; run < runs; run++) {
    const start = performance.now()
    bytes = (await (await fetch(url, { headers })).arrayBuffer()).byteLength
    times.push(performance.now() - start)
  }
  const cpu = ((await sample()).cpu - before.cpu) / runs
  return { milliseconds: median(times), cpu, bytes }
}

function report(listings: readonly Listing[]): string[] {
  const rows = listings.map(({ nodes, milliseconds, cpu, bytes }) => {
    const perNode = (value: number): string => ((value / nodes) * 1000).toFixed(1)
    return [
      nodes,
      milliseconds.toFixed(1),
      perNode(milliseconds),
      perNode(cpu),
      (bytes / 1024).toFixed(0),
    ]
  })
  const head = ['nodes', 'ms', 'µs per node', 'processor µs per node', 'KB']
  return [`Median of ${runs} requests, one after the other.`, '', ...table(head, rows)]
}
