import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import {
  fileFailure,
  makePrivateFolder,
  type Owner,
  ProvisionError,
  replacePrivateFile,
  syncFolder,
} from '@kontena/core'
import { z } from 'zod'
import { background } from './background.ts'
import { filesOf, type Layout } from './layout.ts'

const machineRecord = z.object({
  version: z.literal(1),
  id: z.string().min(1),
  name: z.string().min(1),
  owner: z.object({ master: z.string(), grid: z.string() }),
  order: z.string(),
  token: z.string(),
  zone: z.string(),
  provider: z.string(),
  address: z.string().optional(),
  /** The user's own; Vagrant has none, so they are for whoever reads the file. */
  tags: z.record(z.string(), z.string()),
})
/** What is known of a machine from before it was made until it is gone. */
export type MachineRecord = z.infer<typeof machineRecord>

const startRecord = z.discriminatedUnion('state', [
  z.object({ state: z.literal('starting'), process: background }),
  /** It was up, so its log tells no more of it. */
  z.object({ state: z.literal('started') }),
])
export type StartRecord = z.infer<typeof startRecord>

export interface MachineFolder {
  readonly path: string
  readonly record: MachineRecord
}

/** Begins the names of folders that are being made or taken away, which no node can have. */
const unfinished = '.'
/** Milliseconds after which such a folder is nobody's any more. */
const unfinishedFor = 3_600_000

/** Machines of one grid, or of all. Throws `LOCAL_FILE` for one whose record is damaged. */
export function listMachines(layout: Layout, owner?: Owner): MachineFolder[] {
  const grids = owner === undefined ? subfolders(layout.grids) : [layout.grid(owner)]
  const all = grids.flatMap(subfolders).flatMap((path) => readUnlessGone(path) ?? [])
  return owner === undefined ? all : all.filter(({ record }) => isSame(record.owner, owner))
}

function readUnlessGone(path: string): MachineFolder | undefined {
  try {
    return { path, record: readRecord(path) }
  } catch (error) {
    if (existsSync(path)) throw error
    return undefined
  }
}

export function readRecord(path: string): MachineRecord {
  const file = filesOf(path).record
  try {
    return machineRecord.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new ProvisionError('LOCAL_FILE', `${file} does not say which machine is kept there`, {
      hint: `take its VM away with "vagrant destroy -f" in ${path}, and remove that folder`,
      cause: error,
    })
  }
}

/**
 * Makes a machine's folder with all its files, whole or not at all. Throws `NAME_TAKEN` where there is one;
 * of two who make it at once, one gets it.
 */
export function makeMachineFolder(
  path: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): void {
  const grid = dirname(path)
  makePrivateFolder(grid)
  clearUnfinished(grid)
  const draft = attempt(grid, () => mkdtempSync(join(grid, `${unfinished}new-`)))
  try {
    for (const [name, content] of Object.entries(files)) {
      replacePrivateFile(join(draft, name), content)
    }
    renameSync(draft, path)
    syncFolder(grid)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (isTaken(error)) throw nameTaken(path, error)
    throw error instanceof ProvisionError ? error : fileFailure(path, error)
  }
}

/** Removes a machine's folder at once for all who look, though its files go one by one. */
export function removeMachineFolder(path: string): void {
  const doomed = join(dirname(path), `${unfinished}gone-${basename(path)}-${process.pid}`)
  try {
    rmSync(doomed, { recursive: true, force: true })
    renameSync(path, doomed)
  } catch (error) {
    if (isMissing(error)) return
    throw fileFailure(path, error)
  }
  attempt(doomed, () => rmSync(doomed, { recursive: true, force: true }))
}

export function writeStart(path: string, start: StartRecord): void {
  replacePrivateFile(filesOf(path).start, `${JSON.stringify(start)}\n`)
}

/** Undefined where nobody got as far as starting it. */
export function readStart(path: string): StartRecord | undefined {
  try {
    return startRecord.parse(JSON.parse(readFileSync(filesOf(path).start, 'utf8')))
  } catch {
    return undefined
  }
}

function nameTaken(path: string, cause: unknown): ProvisionError {
  const name = basename(path)
  return new ProvisionError('NAME_TAKEN', `there is a machine of the name ${name} in ${path}`, {
    hint: `take it away with: kontena vagrant node terminate ${name}`,
    cause,
  })
}

function clearUnfinished(grid: string): void {
  for (const name of names(grid).filter((each) => each.startsWith(unfinished))) {
    const path = join(grid, name)
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (name.startsWith('.gone-') || age > unfinishedFor)
      rmSync(path, { recursive: true, force: true })
  }
}

function subfolders(folder: string): string[] {
  return names(folder)
    .filter((name) => !name.startsWith(unfinished))
    .map((name) => join(folder, name))
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw fileFailure(folder, error)
  }
}

function isSame(one: Owner, other: Owner): boolean {
  return one.master === other.master && one.grid === other.grid
}

function attempt<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw fileFailure(path, error)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** What renaming to a folder that has files in it gives. */
function isTaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOTEMPTY' || error.code === 'EEXIST')
  )
}
