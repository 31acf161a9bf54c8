/** Builds what a checkout needs besides its sources: the agent's bundle and the command's. */
import { join } from 'node:path'
import { build } from 'rolldown'
import { loadConfig } from 'rolldown/config'

const root = join(import.meta.dirname, '..')

for (const bundle of ['agent', 'cli']) {
  const folder = join(root, 'packages', bundle)
  const config = await loadConfig(join(folder, 'rolldown.config.ts'))
  for (const options of [config].flat()) {
    if (typeof options === 'function') throw new Error(`${bundle}: a function is no bundle config`)
    await build({ ...options, cwd: folder })
  }
}
