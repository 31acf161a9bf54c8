import { performance } from 'node:perf_hooks'
import type { ApiCall } from '@kontena/sandbox'
import { type Lab, openLab } from '../packages/cli/test/loop/lab.ts'

const bootTime = 10_000
const sizes = [1, 10, 100]

/** Reads cost nothing but time; all other calls change something, dry runs apart. */
const isMutating = ({ action, dryRun }: ApiCall): boolean =>
  !dryRun && !/^(Describe|Get)/.test(action)
const isNaming = ({ action }: ApiCall): boolean => action === 'CreateTags'

interface Measured {
  readonly what: string
  readonly nodes: number
  readonly seconds: number
  readonly mutating: number
  readonly naming: number
  readonly reading: number
}

/** N nodes by one command, with the firewall in place; then the same ten by ten commands. */
export async function measureCreate(): Promise<string[]> {
  const measured: Measured[] = []
  for (const size of sizes) {
    measured.push(await inLab((lab) => oneCommand(lab, size, 'one command')))
  }
  measured.push(
    await inLab(async (lab) => {
      lab.sandbox.faults.add({ kind: 'no-capacity', zone: 'eu-west-1b' })
      return oneCommand(lab, 10, 'one command, a zone without capacity')
    }),
  )
  measured.push(await inLab((lab) => manyCommands(lab, 10)))
  return [
    `Machines boot in ${bootTime / 1000} s; 3 zones; the firewall is in place. Reading calls depend on time.`,
    '',
    '| what | nodes | seconds until online | above boot | mutating calls | naming calls | reading calls |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...measured.map(
      ({ what, nodes, seconds, mutating, naming, reading }) =>
        `| ${what} | ${nodes} | ${seconds.toFixed(1)} | ${(seconds - bootTime / 1000).toFixed(1)} | ${mutating} | ${naming} | ${reading} |`,
    ),
    '',
    ratio(measured),
  ]
}

async function inLab(measure: (lab: Lab) => Promise<Measured>): Promise<Measured> {
  const lab = await openLab({ bootTime, agents: 'shared' })
  try {
    await run(lab, ['aws', 'node', 'create', 'first'])
    lab.sandbox.calls.clear()
    return await measure(lab)
  } finally {
    await lab.close()
  }
}

async function oneCommand(lab: Lab, nodes: number, what: string): Promise<Measured> {
  const start = performance.now()
  await run(lab, ['aws', 'node', 'create', 'web', '--count', String(nodes)])
  return counted(lab, what, nodes, start)
}

async function manyCommands(lab: Lab, nodes: number): Promise<Measured> {
  const start = performance.now()
  const names = Array.from({ length: nodes }, (_, index) => `web-${index + 1}`)
  await Promise.all(names.map((name) => run(lab, ['aws', 'node', 'create', name])))
  return counted(lab, 'one command each, all at once', nodes, start)
}

function counted(lab: Lab, what: string, nodes: number, start: number): Measured {
  const seconds = (performance.now() - start) / 1000
  const mutating = lab.sandbox.calls.count((call) => isMutating(call) && !isNaming(call))
  const naming = lab.sandbox.calls.count(isNaming)
  const reading = lab.sandbox.calls.count((call) => !isMutating(call))
  return { what, nodes, seconds, mutating, naming, reading }
}

async function run(lab: Lab, words: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await lab.kontena(words)
  if (exitCode !== 0) throw new Error(`kontena ${words.join(' ')}: ${stdout}\n${stderr}`)
}

function ratio(measured: readonly Measured[]): string {
  const ten = measured.filter(({ nodes }) => nodes === 10)
  const [one] = ten
  const many = ten.at(-1)
  if (one === undefined || many === undefined) return ''
  const calls = (each: Measured): number => each.mutating + each.reading
  return `Ten nodes by one command take ${(calls(one) / calls(many)).toFixed(2)} of the calls that ten commands take.`
}
