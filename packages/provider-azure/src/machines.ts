import type { InstanceViewStatus } from '@azure/arm-compute'
import type { Machine, MachineState, Owner } from '@kontena/core'
import { describeCause } from './deployments.ts'
import { machineId } from './machine-id.ts'
import { isThere, type MachineParts } from './machine-parts.ts'
import { ownerOf, type Tags, tagKeys } from './tags.ts'
import { zoneName } from './zones.ts'

/** What a machine's parts do not tell by themselves. */
export interface Seen {
  /** Status codes of the machine's instance view, where they were asked for. */
  readonly statuses: readonly InstanceViewStatus[]
  /** What the deployment says of the machine. */
  readonly reason: string | undefined
  /** A machine of which nothing is shown is no more: it is not just too new for the lists. */
  readonly isSettled: boolean
}

/** A machine as the kernel knows it, from whatever of it is there. */
export function readMachine(parts: MachineParts, seen: Seen): Machine {
  const { vm, nic, address, disk, deployment } = parts
  const location = locationOfParts(parts) ?? ''
  const tags = tagsOfParts(parts)
  const state = stateOf(parts, seen)
  const isFine = state === 'pending' || state === 'running'
  return {
    id: machineId(parts),
    name: tags?.[tagKeys.node] ?? deployment?.machines.get(parts.name),
    state,
    zone:
      zoneName(location, vm?.zones ?? address?.zones ?? disk?.zones) ??
      deployment?.zone ??
      location,
    launchIndex: undefined,
    publicAddress: address?.ipAddress,
    privateAddress: nic?.ipConfigurations?.[0]?.privateIPAddress,
    owner: ownerOfParts(parts),
    order: orderOfParts(parts),
    token: tags?.[tagKeys.token] ?? deployment?.token,
    type: vm?.hardwareProfile?.vmSize ?? deployment?.size,
    reason: isFine ? undefined : reasonOf(parts, seen),
  }
}

/** Undefined only for what says nothing of itself. */
export function locationOfParts({
  vm,
  nic,
  address,
  disk,
  deployment,
}: MachineParts): string | undefined {
  return (
    vm?.location ?? nic?.location ?? address?.location ?? disk?.location ?? deployment?.location
  )
}

export function ownerOfParts(parts: MachineParts): Owner | undefined {
  return ownerOf(tagsOfParts(parts)) ?? parts.deployment?.owner
}

export function orderOfParts(parts: MachineParts): string | undefined {
  return tagsOfParts(parts)?.[tagKeys.order] ?? parts.deployment?.order
}

function tagsOfParts({ vm, nic, address, disk }: MachineParts): Tags | undefined {
  return vm?.tags ?? nic?.tags ?? address?.tags ?? disk?.tags
}

/** Whether a machine's state hangs on its power, which lists leave out. */
export function needsStatus({ vm }: MachineParts): boolean {
  const state = vm?.provisioningState?.toLowerCase()
  return vm !== undefined && state !== 'creating' && state !== 'deleting'
}

function stateOf(parts: MachineParts, seen: Seen): MachineState {
  const { vm, deployment } = parts
  if (vm !== undefined) return stateOfMachine(vm.provisioningState, powerOf(seen.statuses))
  if (deployment?.isActive === true) return 'pending'
  if (isThere(parts)) return isGoing(parts) ? 'going' : 'failed'
  if (seen.isSettled) return 'gone'
  return deployment?.hasSucceeded === true ? 'pending' : 'failed'
}

function stateOfMachine(provisioning = 'Succeeded', power: string | undefined): MachineState {
  switch (provisioning.toLowerCase()) {
    case 'deleting':
      return 'going'
    case 'creating':
      return 'pending'
    case 'failed':
      // Azure also gives up on one that runs without its agent having reported in time.
      return power === 'running' ? 'running' : 'failed'
    default:
      return powers[power ?? 'running'] ?? 'running'
  }
}

/** `PowerState/…` codes (Compute API, "States and billing status"). */
const powers: Readonly<Record<string, MachineState>> = {
  starting: 'pending',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  deallocating: 'stopping',
  deallocated: 'stopped',
}

function powerOf(statuses: readonly InstanceViewStatus[]): string | undefined {
  const code = statuses.find((status) => status.code?.startsWith('PowerState/'))?.code
  return code?.slice('PowerState/'.length).toLowerCase()
}

function isGoing({ nic, address }: MachineParts): boolean {
  return [nic, address].some((part) => part?.provisioningState === 'Deleting')
}

function reasonOf({ deployment }: MachineParts, { statuses, reason }: Seen): string | undefined {
  const failed = statuses.find(({ code }) => code?.startsWith('ProvisioningState/failed'))
  const code = failed?.code?.split('/')[2]
  if (code !== undefined) return describeCause({ code, message: failed?.message ?? '' })
  return reason ?? deployment?.reason
}
