import type { Node, Usage } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findGrid, findNode } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { formatLoad, formatUsage, readHostLoad } from '../output/host-statistics.ts'
import { type Outline, outlineLines } from '../output/outline.ts'
import { printTable } from '../output/print-table.ts'

export interface NodeStatsOptions {
  name: string | undefined
  grid?: string
}

/** What nodes use now: of one in full, else of all in a table. */
export async function showNodeStats(options: NodeStatsOptions, context: Context): Promise<void> {
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  const { client } = session
  const { signal } = context
  if (options.name !== undefined) {
    const node = await findNode(session, grid, options.name, signal)
    const { stats } = await client.nodeMetrics(grid, node.name, {}, signal)
    const last = stats.at(-1)
    if (context.json) return context.printJson({ ...told(node), last_minute: last ?? null })
    for (const line of outlineLines({ [node.id]: describe(node, last) })) context.print(line)
    return
  }
  await findGrid(session, grid, signal)
  const nodes = (await client.nodes(grid, signal)).toSorted((a, b) => a.node_number - b.node_number)
  if (context.json) return context.printJson(nodes.map(told))
  const headings = ['NAME', 'CPU', 'LOAD', 'MEMORY', 'FILESYSTEM']
  printTable(context, { headings, rows: nodes.map(row) }, undefined)
}

function told({ id, name, status, resource_usage }: Node) {
  return { id, name, status, resource_usage }
}

/** A node that is not connected uses nothing that we know of; what it used last is history. */
function row(node: Node): string[] {
  const { cpu, load, memory, filesystems } = readHostLoad(node.connected ? node.resource_usage : {})
  const disks = filesystems.map(
    ({ used, total }) => `${total === 0 ? 0 : Math.round((used / total) * 100)}%`,
  )
  return [
    node.name,
    cpu === undefined ? '-' : formatCpu(cpu),
    load === undefined ? '-' : formatLoad(load),
    memory === undefined ? '-' : formatUsage(memory),
    disks.length === 0 ? '-' : disks.join(','),
  ]
}

function describe(node: Node, last: Usage | undefined): Outline {
  const { cpu, load, memory, filesystems } = readHostLoad(node.resource_usage)
  return {
    status: node.status,
    cpu: cpu && formatCpu(cpu),
    load: load && formatLoad(load),
    memory: memory && formatUsage(memory),
    filesystem: filesystems.map((disk) => `${disk.name}: ${formatUsage(disk)}`),
    network: last && describeNetwork(last.network),
  }
}

function formatCpu({ used, cores }: { used: number; cores: number }): string {
  return `${used.toFixed(1)}% of ${cores} ${cores === 1 ? 'core' : 'cores'}`
}

/** Ways whose interfaces nobody named are not there. */
function describeNetwork({ internal, external }: Usage['network']): Outline | undefined {
  const ways = Object.entries({ internal, external }).filter(
    ([, { interfaces }]) => interfaces.length > 0,
  )
  if (ways.length === 0) return undefined
  return Object.fromEntries(
    ways.map(([name, way]) => [
      name,
      `${way.interfaces.join(',')}: ${rate(way.rx_bytes_per_second)} in, ${rate(way.tx_bytes_per_second)} out`,
    ]),
  )
}

function rate(bytesPerSecond: number): string {
  return `${(bytesPerSecond / 1024).toFixed(1)} KB/s`
}
