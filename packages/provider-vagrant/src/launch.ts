import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BatchResult, Call, Machine, MachineBatch } from '@kontena/core'
import { isThere } from './address-holders.ts'
import { freeAddresses, takeAddress, usualFirst } from './addresses.ts'
import type { Box } from './boxes.ts'
import { gridWord, type Layout } from './layout.ts'
import { type MachineRecord, makeMachineFolder, readRecord, readStart } from './machine-folders.ts'
import type { VagrantMachineOptions } from './options.ts'
import { startUp } from './start-up.ts'
import { renderVagrantfile } from './vagrantfile.ts'

export interface Launch {
  readonly layout: Layout
  readonly options: VagrantMachineOptions
  readonly box: Box
  readonly provider: string
}

/**
 * Makes a machine's folder, starts `vagrant up` in it and resolves while that runs. The folder is whole before
 * Vagrant is called, so that whatever cuts us off, a machine is found by it. The same token gives the same machine.
 */
export async function launchMachine(
  launch: Launch,
  batch: MachineBatch,
  { signal }: Call,
): Promise<BatchResult> {
  const [name] = batch.names
  if (name === undefined || batch.names.length !== 1) {
    throw new Error(`one Vagrantfile cannot make ${batch.names.length} machines`)
  }
  signal.throwIfAborted()
  const path = launch.layout.machine(batch.owner, name)
  const known = existsSync(path) ? readRecord(path) : undefined
  const record = known?.token === batch.token ? known : makeMachine(launch, { batch, name, path })
  if (readStart(path) === undefined) await startUp(path, launch.provider)
  return { machines: [{ ...toMachine(record), state: 'pending', reason: undefined }] }
}

interface Wanted {
  readonly batch: MachineBatch
  readonly name: string
  readonly path: string
}

function makeMachine(launch: Launch, { batch, name, path }: Wanted): MachineRecord {
  const record = newRecord(launch, batch, name)
  try {
    makeMachineFolder(path, machineFiles(launch, batch, record))
    return record
  } catch (error) {
    freeAddresses(launch.layout.addresses, record.id)
    throw error
  }
}

function newRecord(
  { layout, options, provider }: Launch,
  { owner, order, token, zone, tags }: MachineBatch,
  name: string,
): MachineRecord {
  const id = `vm-${randomBytes(8).toString('hex')}`
  const address =
    options.networkAddress === 'dhcp'
      ? undefined
      : takeAddress({
          folder: layout.addresses,
          first: options.networkAddress ?? usualFirst,
          provider,
          id,
          isThere: (holder) => isThere(layout, holder),
        })
  return { version: 1, id, name, owner, order, token, zone, provider, address, tags }
}

function machineFiles(
  { layout, options, box, provider }: Launch,
  { owner, userData }: MachineBatch,
  record: MachineRecord,
): Record<string, string | Uint8Array> {
  const { id, name, address } = record
  return {
    'machine.json': `${JSON.stringify(record, null, 2)}\n`,
    'user-data': userData,
    // NoCloud's; JSON is YAML too. Another id makes cloud-init set a machine up anew.
    'meta-data': `${JSON.stringify({ 'instance-id': id, 'local-hostname': name })}\n`,
    provision: readFileSync(templatePath('vagrant/provision')),
    Vagrantfile: renderVagrantfile({
      title: `node ${name} of grid ${owner.grid}`,
      name,
      prefix: `kontena-${gridWord(owner)}-`,
      box: box.name,
      provider,
      memory: options.memory,
      cpus: options.cpus,
      address,
      emulated: options.emulated,
      forwards: [],
      uploads: [
        { from: 'user-data', to: 'user-data' },
        { from: 'meta-data', to: 'meta-data' },
      ],
      script: 'provision',
      lock: layout.lock,
    }),
  }
}

/** What of a machine stays the same. */
export function toMachine(record: MachineRecord): Omit<Machine, 'state' | 'reason'> {
  const { id, name, zone, owner, order, token, address } = record
  return {
    id,
    name,
    zone,
    owner,
    order,
    token,
    launchIndex: undefined,
    publicAddress: undefined,
    privateAddress: address,
    type: undefined,
  }
}

function templatePath(file: string): string {
  return createRequire(import.meta.url).resolve(`@kontena/templates/${file}`)
}
