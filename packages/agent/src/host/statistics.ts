import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import type { HostStatistics } from '@kontena/protocol'
import { readFilesystem } from './filesystem.ts'
import { openNetworkTraffic } from './network-traffic.ts'

/** The host's `/proc` where the container has it mounted, else our own. */
export const hostProc = existsSync('/host/proc/stat') ? '/host/proc' : '/proc'

/** Takes a sample. Figures of CPU and network are of the time since the one before. */
export type TakeStatistics = (rootFolder: string) => Promise<HostStatistics>

/** Time that the processors spent, in any unit. */
interface CpuTimes {
  readonly cores: number
  readonly user: number
  readonly nice: number
  readonly system: number
  readonly idle: number
  readonly total: number
}

/** Statistics from a `/proc`, or from what Node knows on a system that has none. */
export function openStatistics(proc = hostProc): TakeStatistics {
  let before: CpuTimes | undefined
  const takeTraffic = openNetworkTraffic(proc)
  return async (rootFolder) => {
    const now = await readCpuTimes(proc)
    const cpu = share(before, now)
    before = now
    const { inodes: _, ...disk } = await readFilesystem(rootFolder)
    return {
      memory: await readMemory(proc),
      load: await readLoad(proc),
      cpu,
      filesystem: [{ name: rootFolder, ...disk }],
      network: await takeTraffic(),
      time: new Date()
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC'),
    }
  }
}

/** Percent summed over cores: two busy cores are 200. */
function share(before: CpuTimes | undefined, now: CpuTimes): HostStatistics['cpu'] {
  const passed = now.total - (before?.total ?? 0)
  const percent = (kind: 'user' | 'nice' | 'system' | 'idle'): number => {
    if (passed <= 0) return 0
    const spent = now[kind] - (before?.[kind] ?? 0)
    return Math.max(0, Math.round((spent / passed) * now.cores * 10_000) / 100)
  }
  return {
    num_cores: now.cores,
    user: percent('user'),
    nice: percent('nice'),
    system: percent('system'),
    idle: percent('idle'),
  }
}

/** proc(5): the line `cpu` holds user, nice, system, idle and more kinds of time of all cores. */
async function readCpuTimes(proc: string): Promise<CpuTimes> {
  const text = await readText(join(proc, 'stat'))
  const all = /^cpu +(\d.*)$/m.exec(text)?.[1]
  if (all === undefined) return cpuTimesOfNode()
  const times = all.split(' ').map(Number)
  const [user = 0, nice = 0, system = 0, idle = 0] = times
  return {
    cores: text.match(/^cpu\d/gm)?.length ?? 1,
    user,
    nice,
    system,
    idle,
    // Time of guests, the ninth and tenth, is in user and nice already.
    total: times.slice(0, 8).reduce((sum, time) => sum + time, 0),
  }
}

function cpuTimesOfNode(): CpuTimes {
  const all = cpus()
  const sum = (kind: 'user' | 'nice' | 'sys' | 'idle' | 'irq'): number =>
    all.reduce((total, { times }) => total + times[kind], 0)
  const times = { user: sum('user'), nice: sum('nice'), system: sum('sys'), idle: sum('idle') }
  const total = times.user + times.nice + times.system + times.idle + sum('irq')
  return { cores: all.length, ...times, total }
}

async function readMemory(proc: string): Promise<HostStatistics['memory']> {
  const text = await readText(join(proc, 'meminfo'))
  const bytes = (name: string): number | undefined => {
    const kilobytes = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  }
  const total = bytes('MemTotal') ?? totalmem()
  const free = bytes('MemFree') ?? freemem()
  return {
    total,
    free,
    used: total - free,
    active: bytes('Active') ?? 0,
    inactive: bytes('Inactive') ?? 0,
    cached: bytes('Cached') ?? 0,
    buffers: bytes('Buffers') ?? 0,
  }
}

async function readLoad(proc: string): Promise<HostStatistics['load']> {
  const text = await readText(join(proc, 'loadavg'))
  const [one = 0, five = 0, fifteen = 0] =
    text === '' ? loadavg() : text.split(' ').slice(0, 3).map(Number)
  return { '1m': one, '5m': five, '15m': fifteen }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return ''
  }
}
