/**
 * Builds what a checkout needs besides its sources: the agent's bundle and the command's. Each replaces
 * the one before it in one step, so that a build disturbs no command that is about to start.
 */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build, type OutputOptions } from 'rolldown'
import { loadConfig } from 'rolldown/config'

const root = join(import.meta.dirname, '..')

for (const name of ['agent', 'cli']) await bundle(join(root, 'packages', name))

async function bundle(folder: string): Promise<void> {
  const config = await loadConfig(join(folder, 'rolldown.config.ts'))
  if (typeof config === 'function' || Array.isArray(config)) {
    throw new Error(`${folder}/rolldown.config.ts: one plain bundle is expected`)
  }
  const { output, ...input } = config
  if (output === undefined || Array.isArray(output)) {
    throw new Error(`${folder}/rolldown.config.ts: one output is expected`)
  }
  const fresh = `dist-${process.pid}`
  await build({ ...input, cwd: folder, output: movedTo(fresh, output) })
  swap(join(folder, fresh), join(folder, 'dist'))
}

function movedTo(folder: string, output: OutputOptions): OutputOptions {
  const move = (path: string): string => path.replace(/^dist/, folder)
  return output.file === undefined
    ? { ...output, dir: move(output.dir ?? 'dist') }
    : { ...output, file: move(output.file) }
}

function swap(fresh: string, current: string): void {
  const old = `${fresh}-old`
  if (existsSync(current)) renameSync(current, old)
  renameSync(fresh, current)
  rmSync(old, { recursive: true, force: true })
}
