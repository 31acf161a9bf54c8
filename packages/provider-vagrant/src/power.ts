import { type Call, ProvisionError, tryEach } from '@kontena/core'
import { isAlive } from './background.ts'
import type { Layout } from './layout.ts'
import { listMachines, type MachineFolder, readStart, writeStart } from './machine-folders.ts'
import { runVagrant } from './run-vagrant.ts'

/** Machines that are started or stopped at a time; each is a Ruby, and a boot. */
const atOnce = 4
const startTimeout = 900_000
const stopTimeout = 300_000

/** Boots machines that are off, as they are: nothing is set up anew. */
export async function startMachines(layout: Layout, ids: readonly string[], call: Call) {
  await forEach(layout, ids, call, async ({ path, record }) => {
    await runVagrant(['up', '--no-provision', '--no-destroy-on-error'], {
      folder: path,
      what: `start ${record.name}`,
      timeout: startTimeout,
      signal: call.signal,
    })
    writeStart(path, { state: 'started' })
  })
}

/** Lets machines shut themselves down, or switches them off where they do not. */
export async function stopMachines(layout: Layout, ids: readonly string[], call: Call) {
  await forEach(layout, ids, call, async ({ path, record }) => {
    await runVagrant(['halt'], {
      folder: path,
      what: `stop ${record.name}`,
      timeout: stopTimeout,
      signal: call.signal,
    })
    writeStart(path, { state: 'started' })
  })
}

export async function restartMachines(layout: Layout, ids: readonly string[], call: Call) {
  await forEach(layout, ids, call, async ({ path, record }) => {
    await runVagrant(['reload', '--no-provision'], {
      folder: path,
      what: `restart ${record.name}`,
      timeout: startTimeout,
      signal: call.signal,
    })
    writeStart(path, { state: 'started' })
  })
}

async function forEach(
  layout: Layout,
  ids: readonly string[],
  { signal }: Call,
  work: (folder: MachineFolder) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted()
  const folders = listMachines(layout)
  const wanted = ids.map((id) => {
    const folder = folders.find(({ record }) => record.id === id)
    if (folder !== undefined) return folder
    throw noSuchMachine(id)
  })
  await tryEach(wanted, { atOnce, signal }, async (folder) => {
    const start = readStart(folder.path)
    if (start?.state === 'starting' && (await isAlive(start.process))) throw busy(folder)
    await work(folder)
  })
}

/** A machine may be an online node before Vagrant has seen that it is set up. */
function busy({ record }: MachineFolder): ProvisionError {
  return new ProvisionError('BUSY', `vagrant is still starting ${record.name}`, {
    hint: 'run the same command again in a minute',
  })
}

export function noSuchMachine(id: string): ProvisionError {
  return new ProvisionError('NOT_FOUND', `there is no machine ${id} on this computer`, {
    hint: 'see which there are with: kontena vagrant node list',
  })
}
