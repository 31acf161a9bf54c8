import { performance } from 'node:perf_hooks'
import { type Lab, openLab } from '../packages/cli/test/loop/lab.ts'
import { median } from './median.ts'

const runs = 11
const commands = [
  ['node', 'list'],
  ['aws', 'node', 'list'],
  ['azure', 'node', 'list'],
  ['digitalocean', 'node', 'list'],
  ['upcloud', 'node', 'list'],
] as const

/**
 * What a person pays for a cloud's SDK: whole processes that list an empty grid, with and without a
 * provider. The difference is the SDK's import and its first calls, on loopback.
 */
export async function measureImports(): Promise<string[]> {
  const lab = await openLab({ agents: 'none' })
  try {
    const times = commands.map(() => [] as number[])
    for (let round = 0; round <= runs; round++) {
      for (const [index, words] of commands.entries()) {
        const spent = await timed(lab, words)
        if (round > 0) times[index]?.push(spent)
      }
    }
    return table(times)
  } finally {
    await lab.close()
  }
}

async function timed(lab: Lab, words: readonly string[]): Promise<number> {
  const start = performance.now()
  const { exitCode, stderr } = await lab.kontena(words)
  if (exitCode !== 0) throw new Error(`kontena ${words.join(' ')}: ${stderr}`)
  return performance.now() - start
}

function table(times: readonly (readonly number[])[]): string[] {
  const base = median(times[0] ?? [])
  const rows = commands.map((words, index) => {
    const middle = median(times[index] ?? [])
    const cells = [middle.toFixed(0), (middle - base).toFixed(0), (middle / base).toFixed(2)]
    return `| kontena ${words.join(' ')} | ${cells.join(' | ')} |`
  })
  return [
    `Median of ${runs} alternating runs, in ms, of whole processes; master and clouds on loopback.`,
    '',
    '| command | median | above `kontena node list` | ratio |',
    '| --- | --- | --- | --- |',
    ...rows,
  ]
}
