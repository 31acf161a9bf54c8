import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { median } from './median.ts'

const runs = 21
const kontena = join(import.meta.dirname, '../packages/cli/dist/kontena.cjs')

const commands: Record<string, string[]> = {
  'node -e 0': ['-e', '0'],
  'kontena --help': [kontena, '--help'],
  'kontena node list --help': [kontena, 'node', 'list', '--help'],
  'kontena aws node create --help': [kontena, 'aws', 'node', 'create', '--help'],
}

/** Whole processes, all commands in turn, so that a busy moment hits each of them. */
export async function measureStartup(): Promise<string[]> {
  const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]))
  for (let run = 0; run <= runs; run++) {
    for (const [name, words] of Object.entries(commands)) {
      const start = performance.now()
      const { status, stderr } = spawnSync(process.execPath, words)
      if (status !== 0) throw new Error(`${name}: ${stderr}`)
      if (run > 0) times.get(name)?.push(performance.now() - start)
    }
  }
  const base = median(times.get('node -e 0') ?? [])
  const rows = [...times].map(([name, values]) => {
    const middle = median(values)
    return `| ${name} | ${middle.toFixed(1)} | ${(middle - base).toFixed(1)} | ${(middle / base).toFixed(2)} |`
  })
  return [
    `Median of ${runs} alternating runs, in ms.`,
    '',
    '| command | median | above `node -e 0` | ratio |',
    '| --- | --- | --- | --- |',
    ...rows,
  ]
}
