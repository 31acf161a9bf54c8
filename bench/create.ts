import { performance } from 'node:perf_hooks'
import type { ApiCall } from '@kontena/sandbox'
import { type Lab, openLab } from '../packages/cli/test/loop/lab.ts'

const bootTime = 10_000
const sizes = [1, 10, 100]
const clouds = ['aws', 'azure', 'digitalocean', 'upcloud'] as const
type Cloud = (typeof clouds)[number]
/** One cloud that takes many machines in a call, and one that takes ten. */
const compared: readonly Cloud[] = ['aws', 'digitalocean']

/** Reads cost nothing but time; all other calls change something, dry runs apart. */
const reads =
  /^(Describe|Get|GET )|\.(list|get|check|instanceView|retrieve)|^(operations|managedIdentity)\./
const isMutating = ({ action, dryRun }: ApiCall): boolean => !dryRun && !reads.test(action)
const isNaming = ({ action }: ApiCall): boolean => action === 'CreateTags'

interface Measured {
  readonly cloud: Cloud
  readonly what: string
  readonly nodes: number
  readonly seconds: number
  readonly mutating: number
  readonly naming: number
  readonly reading: number
}

/** On each cloud N nodes by one command, with what a grid shares in place; on some also ten by ten commands. */
export async function measureCreate(): Promise<string[]> {
  const measured: Measured[] = []
  for (const cloud of clouds) {
    for (const size of sizes) {
      measured.push(await inLab(cloud, (lab) => oneCommand(lab, cloud, size)))
    }
    if (compared.includes(cloud)) {
      measured.push(await inLab(cloud, (lab) => manyCommands(lab, cloud, 10)))
    }
  }
  return [
    `Machines boot in ${bootTime / 1000} s; what the grid shares is in place. Reading calls depend on time.`,
    '',
    '| cloud | what | nodes | seconds until online | above boot | mutating calls | naming calls | reading calls |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...measured.map(row),
    '',
    ...compared.map((cloud) => ratio(cloud, measured)),
  ]
}

function row({ cloud, what, nodes, seconds, mutating, naming, reading }: Measured): string {
  const above = seconds - bootTime / 1000
  const cells = [cloud, what, nodes, seconds.toFixed(1), above.toFixed(1)]
  return `| ${[...cells, mutating, naming, reading].join(' | ')} |`
}

async function inLab(cloud: Cloud, measure: (lab: Lab) => Promise<Measured>): Promise<Measured> {
  const lab = await openLab({ bootTime, agents: 'shared' })
  try {
    await run(lab, [cloud, 'node', 'create', 'first'])
    lab.sandbox.calls.clear()
    return await measure(lab)
  } finally {
    await lab.close()
  }
}

async function oneCommand(lab: Lab, cloud: Cloud, nodes: number): Promise<Measured> {
  const start = performance.now()
  await run(lab, [cloud, 'node', 'create', 'web', '--count', String(nodes)])
  return counted(lab, { cloud, what: 'one command', nodes }, start)
}

async function manyCommands(lab: Lab, cloud: Cloud, nodes: number): Promise<Measured> {
  const start = performance.now()
  const names = Array.from({ length: nodes }, (_, index) => `web-${index + 1}`)
  await Promise.all(names.map((name) => run(lab, [cloud, 'node', 'create', name])))
  return counted(lab, { cloud, what: 'one command each, all at once', nodes }, start)
}

function counted(
  lab: Lab,
  about: Pick<Measured, 'cloud' | 'what' | 'nodes'>,
  start: number,
): Measured {
  const seconds = (performance.now() - start) / 1000
  const mutating = lab.sandbox.calls.count((call) => isMutating(call) && !isNaming(call))
  const naming = lab.sandbox.calls.count(isNaming)
  const reading = lab.sandbox.calls.count((call) => !isMutating(call))
  return { ...about, seconds, mutating, naming, reading }
}

async function run(lab: Lab, words: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await lab.kontena(words)
  if (exitCode !== 0) throw new Error(`kontena ${words.join(' ')}: ${stdout}\n${stderr}`)
}

function ratio(cloud: Cloud, measured: readonly Measured[]): string {
  const ten = measured.filter((each) => each.cloud === cloud && each.nodes === 10)
  const [one, many] = ten
  if (one === undefined || many === undefined) return ''
  const calls = (each: Measured): number => each.mutating + each.reading
  const share = (calls(one) / calls(many)).toFixed(2)
  return `- ${cloud}: ten nodes by one command take ${share} of the calls that ten commands take.`
}
