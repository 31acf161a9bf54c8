import type { Grid, Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { agentUri } from '../master/agent-uri.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { formatLoad, formatUsage, type HostLoad, readHostLoad } from '../output/host-statistics.ts'
import { type Outline, outlineLines } from '../output/outline.ts'

export interface GridShowOptions {
  name: string | undefined
  token?: boolean
}

/** Prints a grid and what its connected nodes have in sum. The token shows only when asked for. */
export async function showGrid(options: GridShowOptions, context: Context): Promise<void> {
  const session = await openMasterSession(context, { grid: options.name })
  const name = requireGrid(session)
  const { signal } = context
  const grid = await findGrid(session, name, signal)
  const { token, ...shown } = grid
  if (options.token) return context.json ? context.printJson({ token }) : context.print(token)
  if (context.json) return context.printJson(shown)

  const [nodes, uri] = await Promise.all([
    session.client.nodes(name, signal),
    agentUri(session, signal),
  ])
  const outline = { [name]: describeGrid(grid, nodes, uri), logs: describeLogs(grid) }
  for (const line of outlineLines(outline)) context.print(line)
}

function describeGrid(grid: Grid, nodes: readonly Node[], uri: string): Outline {
  return {
    uri,
    initial_size: String(grid.initial_size),
    default_affinity: grid.default_affinity,
    trusted_subnets: grid.trusted_subnets,
    subnet: grid.subnet,
    supernet: grid.supernet,
    stats: describeSums(grid, nodes),
    exports: describeExports(grid),
  }
}

function describeExports({ stats: { statsd } }: Grid): Outline | undefined {
  return statsd == null ? undefined : { statsd: `${statsd.server}:${statsd.port}` }
}

/** A block of its own beside that of the grid, as in 1.5. */
function describeLogs({ logs }: Grid): Outline | undefined {
  if (logs == null) return undefined
  const options = Object.entries(logs.opts).map(([key, value]) => [key, String(value)])
  return { forwarder: logs.forwarder, ...Object.fromEntries(options) }
}

function describeSums(grid: Grid, nodes: readonly Node[]): Outline {
  const connected = nodes.filter((node) => node.connected)
  const hosts = connected.map((node) => readHostLoad(node.resource_usage))
  const cpus = connected.reduce((sum, node) => sum + (node.cpus ?? 0), 0)
  return {
    nodes: `${connected.length} of ${nodes.length}`,
    cpus: String(cpus),
    load: meanLoad(hosts),
    memory: sumUsage(hosts.flatMap(({ memory }) => memory ?? [])),
    filesystem: sumUsage(hosts.flatMap(({ filesystems }) => filesystems)),
    users: String(grid.user_count),
    services: String(grid.service_count),
    containers: String(grid.container_count),
  }
}

/** Nodes that have not reported yet are left out of the mean. */
function meanLoad(hosts: readonly HostLoad[]): string | undefined {
  const loads = hosts.flatMap(({ load }) => (load === undefined ? [] : [load]))
  if (loads.length === 0) return undefined
  const mean = (index: 0 | 1 | 2): number =>
    loads.reduce((sum, load) => sum + load[index], 0) / loads.length
  return formatLoad([mean(0), mean(1), mean(2)])
}

function sumUsage(parts: readonly { used: number; total: number }[]): string | undefined {
  if (parts.length === 0) return undefined
  const used = parts.reduce((sum, part) => sum + part.used, 0)
  const total = parts.reduce((sum, part) => sum + part.total, 0)
  return formatUsage({ used, total }, 1)
}
