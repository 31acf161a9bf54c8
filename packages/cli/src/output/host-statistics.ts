import { z } from 'zod'

const filesystem = z.object({ name: z.string(), used: z.number(), total: z.number() })

/** The parts of a node's last sample that we show. Any may be missing: agents differ. */
const statistics = z.object({
  load: z
    .object({ '1m': z.number(), '5m': z.number(), '15m': z.number() })
    .optional()
    .catch(undefined),
  memory: z
    .object({
      used: z.number(),
      total: z.number(),
      cached: z.number().default(0),
      buffers: z.number().default(0),
    })
    .optional()
    .catch(undefined),
  cpu: z
    .object({ num_cores: z.number(), user: z.number(), system: z.number(), nice: z.number() })
    .optional()
    .catch(undefined),
  filesystem: z.array(filesystem).default([]).catch([]),
})

export interface HostLoad {
  /** Percent summed over cores. */
  readonly cpu: { readonly used: number; readonly cores: number } | undefined
  readonly load: readonly [number, number, number] | undefined
  /** Bytes in use, without what caches would give back. */
  readonly memory: { readonly used: number; readonly total: number } | undefined
  readonly filesystems: readonly { name: string; used: number; total: number }[]
}

/** Reads a node's `resource_usage`, which is empty until its agent has reported. */
export function readHostLoad(usage: Readonly<Record<string, unknown>>): HostLoad {
  const { cpu, load, memory, filesystem } = statistics.parse(usage)
  return {
    cpu: cpu && { used: cpu.user + cpu.system + cpu.nice, cores: cpu.num_cores },
    load: load && [load['1m'], load['5m'], load['15m']],
    memory: memory && {
      used: memory.used - memory.cached - memory.buffers,
      total: memory.total,
    },
    filesystems: filesystem,
  }
}

/** `0.39 of 0.97 GB`; a GB is 2^30 bytes, as in 1.5. */
export function formatUsage({ used, total }: { used: number; total: number }, digits = 2): string {
  const inGigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(digits)
  return `${inGigabytes(used)} of ${inGigabytes(total)} GB`
}

export function formatLoad(load: readonly number[]): string {
  return load.map((value) => value.toFixed(1)).join(' ')
}
