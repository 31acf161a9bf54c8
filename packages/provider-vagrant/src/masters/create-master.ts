import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Call, isFailure, type MasterOrder, ProvisionError } from '@kontena/core'
import Handlebars from 'handlebars'
import { isThere } from '../address-holders.ts'
import { freeAddresses, takeAddress, usualFirst } from '../addresses.ts'
import { ensureBox } from '../boxes.ts'
import type { Layout } from '../layout.ts'
import { makeMachineFolder } from '../machine-folders.ts'
import type { Means } from '../preflight.ts'
import { startUp } from '../start-up.ts'
import { renderVagrantfile } from '../vagrantfile.ts'
import { holderOf, type MasterFolder, type MasterRecord } from './master-folders.ts'
import type { MasterOptions } from './options.ts'

export interface MasterLaunch {
  readonly layout: Layout
  readonly options: MasterOptions
  readonly means: Means
  readonly order: MasterOrder
}

/** What the machine's setup takes, in the order in which it is copied. */
const uploads = [
  'program.tar.gz',
  'kontena-master.service',
  'master.env',
  'image',
  'packages',
  'install-docker',
]

/** Makes the master's folder, whole or not at all, and starts `vagrant up` in it; resolves while that runs. */
export async function createMaster(launch: MasterLaunch, call: Call): Promise<MasterFolder> {
  const { layout, means, order } = launch
  const { box, provider } = means
  checkName(layout, order.name)
  await ensureBox(box, provider, { folder: layout.folder, signal: call.signal })
  checkName(layout, order.name)
  const path = layout.master(order.name)
  const record = newRecord(launch)
  try {
    makeMachineFolder(path, masterFiles(launch, record))
  } catch (error) {
    if (isFailure(error, 'NAME_TAKEN')) throw nameTaken(order.name)
    freeAddresses(layout.addresses, holderOf(order.name))
    throw error
  }
  await startUp(path, provider)
  return { path, record }
}

/** Throws `NAME_TAKEN`. */
export function checkName(layout: Layout, name: string): void {
  if (existsSync(layout.master(name))) throw nameTaken(name)
}

function newRecord({ layout, options, means, order }: MasterLaunch): MasterRecord {
  const { provider } = means
  const address = takeAddress({
    folder: layout.addresses,
    first: options.networkAddress ?? usualFirst,
    provider,
    id: holderOf(order.name),
    isThere: (holder) => isThere(layout, holder),
  })
  if (options.networkAddress !== undefined && options.networkAddress !== address) {
    freeAddresses(layout.addresses, holderOf(order.name))
    throw new ProvisionError(
      'BAD_OPTIONS',
      `--network-address ${options.networkAddress} is taken`,
      {
        hint: `${address} is free`,
      },
    )
  }
  return { version: 1, name: order.name, provider, address, url: `https://${address}` }
}

function masterFiles(
  { layout, options, means, order }: MasterLaunch,
  record: MasterRecord,
): Record<string, string | Uint8Array> {
  const { name, address, url } = record
  const { memory, cpus, emulated, runtime } = options
  return {
    'master.json': `${JSON.stringify(record, null, 2)}\n`,
    'program.tar.gz': order.program,
    'kontena-master.service': renderUnit({ image: runtime, url }),
    // Read by Docker, which knows no quotes; the code is ours, in hex.
    'master.env': `INITIAL_ADMIN_CODE=${order.adminCode}\n`,
    image: `${runtime}\n`,
    packages: readTemplate('node/packages'),
    'install-docker': readTemplate('node/install-docker'),
    provision: readTemplate('master/setup'),
    Vagrantfile: renderVagrantfile({
      title: `master ${name}`,
      name,
      prefix: 'kontena-masters-',
      box: means.box.name,
      provider: means.provider,
      memory,
      cpus,
      address,
      emulated,
      forwards: [],
      uploads: uploads.map((file) => ({ from: file, to: file })),
      script: 'provision',
      lock: layout.lock,
    }),
  }
}

function renderUnit(values: { image: string; url: string }): string {
  const environment = Handlebars.create()
  const text = readTemplate('master/kontena-master.service.hbs')
  return environment.compile(text, { noEscape: true, strict: true })(values)
}

function readTemplate(file: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`@kontena/templates/${file}`), 'utf8')
}

function nameTaken(name: string): ProvisionError {
  return new ProvisionError('NAME_TAKEN', `there is a master ${name} on this computer`, {
    hint: `choose another --name, or take it away with: kontena vagrant master terminate ${name}`,
  })
}
