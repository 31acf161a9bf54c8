/** Runs every benchmark, or those named as arguments, and prints one table each. */
import { measureCreate } from './create.ts'
import { measureImports } from './imports.ts'
import { measureStartup } from './startup.ts'

const benchmarks: Record<string, () => Promise<string[]>> = {
  startup: measureStartup,
  imports: measureImports,
  create: measureCreate,
}

const asked = process.argv.slice(2)
for (const [name, measure] of Object.entries(benchmarks)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const lines = await measure()
  process.stdout.write(`\n## ${name}\n\n${lines.join('\n')}\n`)
}
