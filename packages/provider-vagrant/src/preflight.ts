import { totalmem } from 'node:os'
import {
  type Call,
  type MachineOrder,
  makePrivateFolder,
  type Preflight,
  ProvisionError,
} from '@kontena/core'
import { checkAddress, usualFirst } from './addresses.ts'
import { type Box, hasBox, parseBox } from './boxes.ts'
import type { Layout } from './layout.ts'
import { listMachines } from './machine-folders.ts'
import type { VagrantMachineOptions } from './options.ts'
import { choosePlatform } from './platforms.ts'
import { checkVersion } from './version.ts'

/** What machines of this command are made of and with, once it is known to work here. */
export interface Means {
  readonly version: string
  readonly provider: string
  readonly box: Box
}

export async function findMeans(
  layout: Layout,
  { box, vagrantProvider, emulated, networkAddress = usualFirst }: VagrantMachineOptions,
  call: Call,
): Promise<Means> {
  const parsed = parseBox(box)
  const version = await checkVersion(call)
  // Vagrant reads a Vagrantfile wherever it runs, and above; here is none.
  makePrivateFolder(layout.folder)
  const choice = { wanted: vagrantProvider, emulated, folder: layout.folder }
  const provider = await choosePlatform(choice, call)
  if (networkAddress !== 'dhcp') checkAddress(networkAddress, provider)
  return { version, provider, box: parsed }
}

export async function checkOrder(
  { layout, options, means }: { layout: Layout; options: VagrantMachineOptions; means: Means },
  order: MachineOrder,
  call: Call,
): Promise<Preflight> {
  // A folder that a crash or a hand has damaged is told before anything is made beside it.
  listMachines(layout, order.owner)
  const { box, provider, version } = means
  const isThere = await hasBox(box, provider, { folder: layout.folder, signal: call.signal })
  return {
    facts: {
      vagrant: `${version} with ${provider}${options.emulated ? ', emulated' : ''}`,
      box: isThere ? options.box : `${options.box}, to be fetched first`,
      machine: `${options.memory} MiB, ${options.cpus} CPU${options.cpus === 1 ? '' : 's'}`,
      network: options.networkAddress ?? `host-only, from ${usualFirst} on`,
    },
    sharedCalls: isThere ? [] : [`vagrant box add ${box.source}`],
    createCall: 'vagrant up',
    labels: [],
    warnings: [...checkMemory(options.memory, order.count), ...warnOfSsh(order)],
  }
}

/** Throws `NO_CAPACITY` for more than this computer has; warns of more than is free just now. */
function checkMemory(each: number, count: number): string[] {
  const mebibyte = 1024 * 1024
  const wanted = each * count
  const all = Math.floor(totalmem() / mebibyte)
  if (wanted > all) {
    throw new ProvisionError(
      'NO_CAPACITY',
      `${count} machines of ${each} MiB do not fit into this computer's ${all} MiB of memory`,
      { hint: 'lower --memory or --count' },
    )
  }
  // Elsewhere the system's answer leaves out what it would give up at once.
  const free = process.platform === 'linux' ? process.availableMemory() / mebibyte : all
  if (wanted <= free) return []
  return [`${wanted} MiB of memory are wanted, and only ${Math.floor(free)} are free just now`]
}

function warnOfSsh({ policy }: MachineOrder): string[] {
  const ssh = policy.rules.filter(({ purpose }) => purpose === 'ssh')
  const isOpen = ssh.some(({ from }) => from !== 'grid' && from.includes('0.0.0.0/0'))
  if (isOpen) return []
  return [
    'Vagrant logs in by SSH: without its own address among --ssh-from it cannot stop machines',
  ]
}
