import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { pluginsFolder } from '../installed-plugins.ts'
import { printableLines } from '../output/printable.ts'
import { PluginError } from './plugin-error.ts'

/** What comes before the random part of a store's name. */
const storePrefix = 'store-'
/** An install that is older than this and still has no record has died. */
const longestInstall = 60 * 60_000

/**
 * No scripts: a package that is only being installed runs nothing. No peers, not even looked for (which
 * `--omit=peer` still does): what a plug-in shares with the command, the command lends it.
 */
const flags = [
  '--legacy-peer-deps',
  '--omit=dev',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--save-exact',
]

/** Installs a package and what it needs into a folder of its own. Rejects leaving nothing behind. */
export async function npmInstall(
  spec: string,
  context: Context,
): Promise<{ store: string; root: string }> {
  const folder = await mkdtemp(join(pluginsFolder(context.home), storePrefix))
  try {
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
    await runNpm(['install', '--prefix', folder, ...flags, '--', spec], context)
    const root = join(folder, 'node_modules', await installedName(folder, spec))
    return { store: basename(folder), root }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Nothing but a store goes, whatever a record says. */
export async function removeStore(home: string, store: string): Promise<void> {
  if (!basename(store).startsWith(storePrefix)) return
  await rm(join(pluginsFolder(home), basename(store)), { recursive: true, force: true })
}

/** Removes what installs left that were killed. */
export async function sweepStores(home: string, used: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(pluginsFolder(home))) {
    if (!name.startsWith(storePrefix) || used.has(name)) continue
    const { mtimeMs } = await stat(join(pluginsFolder(home), name)).catch(() => ({ mtimeMs: 0 }))
    if (Date.now() - mtimeMs > longestInstall) await removeStore(home, name)
  }
}

/** A spec may be a file or carry a version; the name is what npm wrote down. */
async function installedName(folder: string, spec: string): Promise<string> {
  const schema = z.object({ dependencies: z.record(z.string(), z.string()) })
  const text = await readFile(join(folder, 'package.json'), 'utf8')
  const [name] = Object.keys(schema.parse(JSON.parse(text)).dependencies)
  if (name === undefined) throw failed(spec, 'npm installed nothing')
  return name
}

async function runNpm(words: readonly string[], context: Context): Promise<void> {
  const child = spawn('npm', words, {
    cwd: context.cwd,
    env: { ...context.env, npm_config_update_notifier: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: context.signal,
  })
  const said: Buffer[] = []
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk: Buffer) => said.push(chunk))
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).catch((error: unknown) => {
    context.signal.throwIfAborted()
    throw failed(words.at(-1) ?? '', 'npm cannot be run here', error)
  })
  if (code === 0) return
  const text = printableLines(Buffer.concat(said).toString('utf8')).trimEnd()
  context.stderr.write(`${text}\n`)
  throw failed(words.at(-1) ?? '', `npm ended with ${code}`)
}

function failed(spec: string, reason: string, cause?: unknown): PluginError {
  return new PluginError(`${spec} was not installed: ${reason}`, {
    cause,
    hint: 'give the name of an npm package, or the path of a folder that holds one',
  })
}
