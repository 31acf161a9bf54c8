import type { Disk, VirtualMachine } from '@azure/arm-compute'
import type { NetworkInterface, PublicIPAddress } from '@azure/arm-network'
import { type Deployment, readDeployment } from './deployments.ts'
import type { GroupView } from './group-view.ts'
import { machineOfPart } from './names.ts'
import { ownerOf } from './tags.ts'

/** All that a resource group holds of one machine, or may still come to hold. */
export interface MachineParts {
  readonly group: string
  /** In lower case. */
  readonly name: string
  readonly vm?: VirtualMachine
  readonly nic?: NetworkInterface
  readonly address?: PublicIPAddress
  readonly disk?: Disk
  /** The one that made it, or is about to. */
  readonly deployment?: Deployment | undefined
}

/** Machines by name in lower case, also those of which only something is left or on its way. */
export function partsIn(view: GroupView): ReadonlyMap<string, MachineParts> {
  const machines = new Map<string, MachineParts>()
  const add = (name: string | undefined, part: Partial<MachineParts>): void => {
    const key = name?.toLowerCase()
    if (key === undefined) return
    machines.set(key, { group: view.group, name: key, ...machines.get(key), ...part })
  }
  for (const vm of view.machines) add(vm.name, { vm })
  for (const nic of view.nics) add(machineOfOurs(nic), { nic })
  for (const address of view.addresses) add(machineOfOurs(address), { address })
  // Azure makes it with the machine and may leave our tags out; nobody else gives it such a name.
  for (const disk of view.disks) add(machineOfPart(disk.name ?? ''), { disk })
  for (const found of view.deployments) {
    const deployment = readDeployment(found)
    for (const name of deployment?.machines.keys() ?? []) add(name, { deployment })
  }
  return machines
}

function machineOfOurs({
  name = '',
  tags,
}: NetworkInterface | PublicIPAddress): string | undefined {
  return ownerOf(tags) === undefined ? undefined : machineOfPart(name)
}

/** Whether anything of it is there that costs money or blocks a name. */
export function isThere({ vm, nic, address, disk }: MachineParts): boolean {
  return [vm, nic, address, disk].some((part) => part !== undefined)
}
