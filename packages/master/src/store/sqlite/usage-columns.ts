import type { HostStatistics, Traffic } from '@kontena/protocol'
import { z } from 'zod'
import type { UsageRecord } from '../statistics-store.ts'
import { json } from './rows.ts'

/** What is kept of a sample: what adds up over nodes, by the names of columns. */
const figures = z.object({
  cpu_used: z.number(),
  cores: z.number(),
  memory_used: z.number(),
  memory_total: z.number(),
  memory_free: z.number(),
  memory_active: z.number(),
  memory_inactive: z.number(),
  memory_cached: z.number(),
  memory_buffers: z.number(),
  filesystem_used: z.number(),
  filesystem_total: z.number(),
  internal_rx_bytes: z.number(),
  internal_rx_rate: z.number(),
  internal_tx_bytes: z.number(),
  internal_tx_rate: z.number(),
  external_rx_bytes: z.number(),
  external_rx_rate: z.number(),
  external_tx_bytes: z.number(),
  external_tx_rate: z.number(),
})
type Figures = z.infer<typeof figures>

export const figureColumns: readonly string[] = Object.keys(figures.shape)

/** Names of interfaces, which do not add up, as JSON. */
export const nameColumns: readonly string[] = ['internal_interfaces', 'external_interfaces']

/** One list of names out of the lists of all nodes. */
const names = json(z.array(json(z.array(z.string())))).transform((lists) => [
  ...new Set(lists.flat()),
])

/** A minute of all nodes that were asked for. */
export const usageRow = figures
  .extend({ time: z.number(), internal_interfaces: names, external_interfaces: names })
  .transform(
    (row): UsageRecord => ({
      time: new Date(row.time),
      cpu: { used: Math.round(row.cpu_used * 100) / 100, cores: row.cores },
      memory: {
        used: row.memory_used,
        total: row.memory_total,
        free: row.memory_free,
        active: row.memory_active,
        inactive: row.memory_inactive,
        cached: row.memory_cached,
        buffers: row.memory_buffers,
      },
      filesystem: { used: row.filesystem_used, total: row.filesystem_total },
      network: {
        internal: {
          interfaces: row.internal_interfaces,
          rx_bytes: row.internal_rx_bytes,
          rx_bytes_per_second: row.internal_rx_rate,
          tx_bytes: row.internal_tx_bytes,
          tx_bytes_per_second: row.internal_tx_rate,
        },
        external: {
          interfaces: row.external_interfaces,
          rx_bytes: row.external_rx_bytes,
          rx_bytes_per_second: row.external_rx_rate,
          tx_bytes: row.external_tx_bytes,
          tx_bytes_per_second: row.external_tx_rate,
        },
      },
    }),
  )

/** Agents of other versions may leave these out, or write anything. */
const memoryDetails = z.object({
  active: z.number().catch(0),
  inactive: z.number().catch(0),
  cached: z.number().catch(0),
  buffers: z.number().catch(0),
})

/** Above what any host has; nonsense of one node must not spoil the sum of a grid. */
const most = 2 ** 60

/** The values of one sample, for {@link figureColumns} and {@link nameColumns} in that order. */
export function usageValues(sample: HostStatistics): (number | string)[] {
  const { internal, external } = sample.network ?? {}
  const values: Readonly<Record<string, number>> = figuresOf(sample)
  return [
    ...figureColumns.map((name) => Math.min(most, Math.max(0, values[name] ?? 0))),
    keptNames(internal),
    keptNames(external),
  ]
}

function figuresOf({ cpu, memory, filesystem, network }: HostStatistics): Figures {
  const details = memoryDetails.parse(memory)
  const sum = (kind: 'used' | 'total'): number =>
    filesystem.reduce((all, disk) => all + disk[kind], 0)
  return {
    cpu_used: cpu.user + cpu.system + cpu.nice,
    cores: cpu.num_cores,
    memory_used: memory.used,
    memory_total: memory.total,
    memory_free: memory.free,
    memory_active: details.active,
    memory_inactive: details.inactive,
    memory_cached: details.cached,
    memory_buffers: details.buffers,
    filesystem_used: sum('used'),
    filesystem_total: sum('total'),
    internal_rx_bytes: network?.internal.rx_bytes ?? 0,
    internal_rx_rate: network?.internal.rx_bytes_per_second ?? 0,
    internal_tx_bytes: network?.internal.tx_bytes ?? 0,
    internal_tx_rate: network?.internal.tx_bytes_per_second ?? 0,
    external_rx_bytes: network?.external.rx_bytes ?? 0,
    external_rx_rate: network?.external.rx_bytes_per_second ?? 0,
    external_tx_bytes: network?.external.tx_bytes ?? 0,
    external_tx_rate: network?.external.tx_bytes_per_second ?? 0,
  }
}

/** Interfaces of a host that are kept by name, and the characters of a name that Linux allows. */
const mostNames = 16
const longestName = 15

function keptNames(traffic: Traffic | undefined): string {
  const kept = (traffic?.interfaces ?? []).slice(0, mostNames)
  return JSON.stringify(kept.map((name) => name.slice(0, longestName)))
}
