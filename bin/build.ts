/** Builds what a checkout needs besides its sources: the agent's bundle and the command's. */
import { join } from 'node:path'
import { build } from 'rolldown'
import { loadConfig } from 'rolldown/config'

const root = join(import.meta.dirname, '..')

for (const bundle of ['agent', 'cli']) {
  const folder = join(root, 'packages', bundle)
  const config = await loadConfig(join(folder, 'rolldown.config.ts'))
  if (typeof config === 'function' || Array.isArray(config)) {
    throw new Error(`${folder}/rolldown.config.ts: one plain bundle is expected`)
  }
  const { output, ...input } = config
  if (output === undefined || Array.isArray(output)) {
    throw new Error(`${folder}/rolldown.config.ts: one output is expected`)
  }
  await build({ ...input, cwd: folder, output })
}
