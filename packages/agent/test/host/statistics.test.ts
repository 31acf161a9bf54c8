import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostStatistics } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { openStatistics } from '../../src/host/statistics.ts'
import { makeFolder } from '../folder.ts'

const meminfo = `MemTotal:        1000 kB
MemFree:          400 kB
MemAvailable:     700 kB
Buffers:           10 kB
Cached:            20 kB
SwapCached:         0 kB
Active:            30 kB
Inactive:          40 kB
`

/** Ticks of all cores: user nice system idle iowait irq softirq steal guest guest_nice. */
function writeProc(folder: string, ticks: string): void {
  writeFileSync(join(folder, 'stat'), `cpu  ${ticks}\ncpu0 1 1\ncpu1 1 1\nintr 5\n`)
  writeFileSync(join(folder, 'meminfo'), meminfo)
  writeFileSync(join(folder, 'loadavg'), '0.42 0.30 0.10 1/120 4711\n')
}

describe('openStatistics', () => {
  it('counts in percent of one core what happened since the sample before', async () => {
    const proc = makeFolder()
    const take = openStatistics(proc)
    writeProc(proc, '1000 0 1000 8000 0 0 0 0 500 0')
    await take('/')
    writeProc(proc, '1050 10 1020 8100 20 0 0 0 550 0')

    const { cpu } = await take('/')

    expect(cpu).toEqual({ num_cores: 2, user: 50, nice: 10, system: 20, idle: 100 })
  })

  it('counts from the start of the system in the first sample, and never divides by nothing', async () => {
    const proc = makeFolder()
    writeProc(proc, '100 0 100 200 0 0 0 0 0 0')
    const take = openStatistics(proc)

    expect((await take('/')).cpu).toMatchObject({ user: 50, system: 50, idle: 100 })
    expect((await take('/')).cpu).toMatchObject({ user: 0, system: 0, idle: 0 })
  })

  it('reads memory in bytes, load, and the disk under the name of Docker’s folder', async () => {
    const proc = makeFolder()
    writeProc(proc, '1 1 1 1')

    const { memory, load, filesystem } = await openStatistics(proc)('/var/lib/docker')

    expect(memory).toEqual({
      total: 1_024_000,
      free: 409_600,
      used: 614_400,
      active: 30_720,
      inactive: 40_960,
      cached: 20_480,
      buffers: 10_240,
    })
    expect(load).toEqual({ '1m': 0.42, '5m': 0.3, '15m': 0.1 })
    const [disk] = filesystem
    expect(disk).toMatchObject({ name: '/var/lib/docker' })
    expect(disk?.total).toBe((disk?.used ?? 0) + (disk?.free ?? 0))
  })

  it('asks Node where there is no such folder', async () => {
    const sample = hostStatistics.parse(await openStatistics('/nowhere')('/'))

    expect(sample.memory.total).toBeGreaterThan(sample.memory.free)
    expect(sample.cpu.num_cores).toBeGreaterThan(0)
    const { user, system, idle, nice, num_cores } = sample.cpu
    expect(user + system + idle + nice).toBeLessThanOrEqual(num_cores * 100 + 1)
  })
})
