import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = import.meta.dirname
const bundles = ['packages/agent/dist/kontena-agent.mjs', 'packages/cli/dist/kontena.cjs']

/** Tests run the command and the agent as users get them, built from the sources as they are now. */
export function setup(): void {
  const built = Math.min(...bundles.map((file) => modified(join(root, file))))
  if (newestSource() < built) return
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning']
  execFileSync(process.execPath, [...flags, join(root, 'bin/build.ts')], { stdio: 'inherit' })
}

function newestSource(): number {
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  const files = packages.flatMap((folder) => [
    join(folder, 'package.json'),
    join(folder, 'rolldown.config.ts'),
    ...readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, 'src', file),
    ),
  ])
  return Math.max(...files.map(modified))
}

/** Milliseconds since the epoch; 0 where there is no such file. */
function modified(file: string): number {
  return existsSync(file) ? statSync(file).mtimeMs : 0
}
