/** Runs every benchmark, or those named as arguments, and prints one table each. */

import { cpus, platform } from 'node:os'
import { measureAgentMemory } from './agent/measure-agent-memory.ts'
import { measureCreate } from './create.ts'
import { measureDurability } from './durability.ts'
import { measureImports } from './imports.ts'
import { measureAgents } from './master/measure-agents.ts'
import { measureCalls } from './master/measure-calls.ts'
import { measureLists } from './master/measure-lists.ts'
import { measureRequests } from './master/measure-requests.ts'
import { type BenchOptions, parseOptions } from './options.ts'
import { measureStartup } from './startup.ts'

const benchmarks: Record<string, (options: BenchOptions) => Promise<string[]>> = {
  startup: measureStartup,
  imports: measureImports,
  create: measureCreate,
  durability: measureDurability,
  'agent-memory': measureAgentMemory,
  agents: measureAgents,
  lists: measureLists,
  requests: measureRequests,
  calls: measureCalls,
}

/** Names that stand for several. */
const groups: Record<string, readonly string[]> = {
  master: ['agents', 'lists', 'requests', 'calls'],
}

const { names, ...options } = parseOptions(process.argv.slice(2))
const asked = names.flatMap((name) => groups[name] ?? [name])
const [{ model } = { model: 'unknown processor' }] = cpus()
process.stdout.write(
  `Node ${process.version}, ${cpus().length} cores (${model.trim()}), ${platform()}.\n`,
)

for (const [name, measure] of Object.entries(benchmarks)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const lines = await measure(options)
  process.stdout.write(`\n## ${name}\n\n${lines.join('\n')}\n`)
}
