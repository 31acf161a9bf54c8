import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ProvisionError } from '@kontena/core'
import { findAgentBundle } from './agent-bundle.ts'
import { type ArchivedFile, makeTar } from './tar.ts'

/** The database's library, native, for the machines on which masters run. */
const sqlite = 'node_modules/better-sqlite3'
const prebuilt = ['linux-x64.node', 'linux-arm64.node']
const agent = 'node_modules/@kontena/agent'

/**
 * This command as it is built, with all that `master start` takes on another Linux machine: a gzipped tar.
 * Throws `LOCAL_FILE` where something of it is missing.
 */
export async function packMasterProgram(): Promise<Buffer> {
  const { resolve } = createRequire(import.meta.url)
  const home = dirname(resolve('@kontena/cli/package.json'))
  const library = dirname(resolve('better-sqlite3/package.json'))
  try {
    const files = [
      ...(await readTree(join(home, 'dist'), 'dist')),
      ...(await readTree(join(library, 'lib'), `${sqlite}/lib`)),
      ...(await readEach(library, sqlite, ['package.json'])),
      ...(await readEach(join(library, 'prebuilds'), `${sqlite}/prebuilds`, prebuilt)),
      await readOne(await findAgentBundle(), `${agent}/dist/kontena-agent.mjs`),
      { path: 'package.json', content: json({ name: '@kontena/cli', type: 'module' }) },
      { path: `${agent}/package.json`, content: agentPackage() },
    ]
    return await promisify(gzip)(makeTar(files))
  } catch (error) {
    if (error instanceof ProvisionError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new ProvisionError('LOCAL_FILE', `the command cannot be copied to a machine: ${reason}`, {
      cause: error,
      hint: 'in a checkout: npm run build',
    })
  }
}

function agentPackage(): Buffer {
  return json({ name: '@kontena/agent', exports: { './bundle': './dist/kontena-agent.mjs' } })
}

async function readTree(folder: string, place: string): Promise<ArchivedFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  return readEach(folder, place, paths.sort())
}

function readEach(folder: string, place: string, paths: readonly string[]) {
  return Promise.all(
    paths.map((path) => readOne(join(folder, path), `${place}/${path.replaceAll('\\', '/')}`)),
  )
}

async function readOne(file: string, path: string): Promise<ArchivedFile> {
  return { path, content: await readFile(file) }
}

function json(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}
