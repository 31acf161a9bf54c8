import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Tells the modules that an entry loads beyond those of core and zod, which the command has anyway. */
const script = `
import { registerHooks } from 'node:module'
const seen = []
registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context) } })
const entry = process.env.KONTENA_KIT_ENTRY
const resolve = (name) => import.meta.resolve(name, entry)
await import(resolve('@kontena/core'))
await import(resolve('zod'))
const before = new Set(seen)
await import(entry)
process.stdout.write(JSON.stringify(seen.filter((url) => !before.has(url))))
`

/** URLs of the modules that a program loads to read this manifest, in a process of its own. */
export async function modulesLoadedBy(entry: string): Promise<readonly string[]> {
  // Sources are run as they are where the kit itself is.
  const flags = import.meta.url.endsWith('.ts')
    ? ['--conditions=source', '--disable-warning=ExperimentalWarning']
    : []
  const given = [
    ...flags,
    '--experimental-import-meta-resolve',
    '--input-type=module',
    '-e',
    script,
  ]
  const environment = { ...process.env, KONTENA_KIT_ENTRY: entry }
  const { stdout } = await run(process.execPath, given, { env: environment })
  const told: unknown = JSON.parse(stdout)
  return Array.isArray(told) ? told.filter((url) => typeof url === 'string') : []
}
