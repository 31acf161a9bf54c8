import { type Call, isFailure, ProvisionError, tryEach } from '@kontena/core'
import { freeAddresses } from './addresses.ts'
import { type Background, isAlive, signalGroup } from './background.ts'
import type { Layout } from './layout.ts'
import { listMachines, readStart, removeMachineFolder } from './machine-folders.ts'
import { runVagrant } from './run-vagrant.ts'

const atOnce = 4
const destroyTimeout = 300_000
/** A `vagrant up` that is interrupted cleans up after itself; one that does not end is ended harder. */
const manners = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const

/** How often each process was told to end, by its number and birth. */
export type Told = Map<string, number>

/**
 * Takes VMs and their folders away. A `vagrant up` that still runs is told to end first, and the machine is
 * `BUSY` until it has; asking again tells it less politely.
 */
export async function terminateMachines(
  { layout, told }: { layout: Layout; told: Told },
  ids: readonly string[],
  call: Call,
): Promise<void> {
  call.signal.throwIfAborted()
  const wanted = new Set(ids)
  const folders = listMachines(layout).filter(({ record }) => wanted.has(record.id))
  await tryEach(folders, { atOnce, signal: call.signal }, async (folder) => {
    const start = readStart(folder.path)
    if (start?.state === 'starting') await endStart(start.process, folder.record.name, told)
    await destroyMachine(folder, call)
    freeAddresses(layout.addresses, folder.record.id)
    removeMachineFolder(folder.path)
  })
}

/** Tells a `vagrant up` that still runs to end, and rejects with `BUSY`; resolves once it has. */
export async function endStart(process: Background, name: string, told: Told): Promise<void> {
  if (!(await isAlive(process))) return
  const key = `${process.pid} ${process.birth}`
  const times = told.get(key) ?? 0
  told.set(key, times + 1)
  await signalGroup(process, manners[Math.min(times, manners.length - 1)] ?? 'SIGKILL')
  throw new ProvisionError('BUSY', `vagrant is still starting ${name}, and was told to end`)
}

/** Takes the VM of a folder away. One that is gone is no error. */
export async function destroyMachine(
  { path, record }: { readonly path: string; readonly record: { readonly name: string } },
  { signal }: Call,
): Promise<void> {
  const what = `take away ${record.name}`
  try {
    await runVagrant(['destroy', '-f'], { folder: path, what, timeout: destroyTimeout, signal })
  } catch (error) {
    if (!isFailure(error, 'MACHINE_FAILED')) throw error
    throw new ProvisionError('BUSY', error.message, { hint: error.hint, cause: error })
  }
}
