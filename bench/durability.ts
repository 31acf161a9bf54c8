import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killRounds } from '../packages/master/test/durability/kill-rounds.ts'
import type { BenchOptions } from './options.ts'
import { table } from './table.ts'

/** Kills masters while all kinds of clients write, as many times as asked, and counts what is lost. */
export async function measureDurability({ kills }: BenchOptions): Promise<string[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'kontena-durability-'))
  const seed = Math.floor(Math.random() * 2 ** 31)
  const start = performance.now()
  try {
    const figures = await killRounds({ dataDir, rounds: kills, seed })
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    const { writing, starting, acknowledged, lost, damaged } = figures
    return [
      `Seed ${seed}, ${seconds} s. ${writing} masters were killed while they wrote, ${starting} while they started.`,
      '',
      ...table(
        ['kills', 'acknowledged changes', 'lost', 'databases that were not whole'],
        [[writing + starting, acknowledged, lost.length, damaged.length]],
      ),
      ...(lost.length > 0 ? ['', ...lost.map((line) => `- ${line}`)] : []),
    ]
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
