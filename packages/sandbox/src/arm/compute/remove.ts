import { zoneWord } from '../catalog/locations.ts'
import { releaseAddresses } from '../network/release.ts'
import type { Operation } from '../operations.ts'
import { startOperation } from '../resource-base.ts'
import type { NetworkInterface, VirtualMachine } from '../resources.ts'
import { pace, type World } from '../world.ts'
import { takeDown } from './lifecycle.ts'

/** Takes a machine away, and with it what was made to go with it. A second call waits for the first. */
export function removeMachine(machine: VirtualMachine, isForced: boolean, world: World): Operation {
  if (machine.state === 'Deleting' && machine.operation !== undefined) return machine.operation
  const operation = startOperation(machine, world)
  const slow = world.faults.take('slow-terminate', {
    zone: zoneWord(machine.location, machine.zones[0]),
  })
  takeDown(machine)
  machine.state = 'Deleting'
  const delay = world.bootTime * (isForced ? pace.forcedShutdown : pace.shutdown)
  world.schedule.after(delay + (slow?.delay ?? 0), () => {
    void machine.machine.destroy()
    world.account.machines.delete(machine.id)
    releaseDisk(machine, world)
    world.schedule.after(world.bootTime * pace.network, () => {
      releaseInterfaces(machine, world)
      operation.end('Succeeded')
    })
  })
  return operation
}

function releaseDisk({ diskId, properties }: VirtualMachine, { account }: World): void {
  const disk = account.disks.get(diskId ?? '')
  if (disk === undefined) return
  if (properties.storageProfile.osDisk.deleteOption === 'Delete') account.disks.delete(disk.id)
  else disk.machineId = undefined
}

/** Interfaces of a machine that failed are no longer its own, so they stay. */
function releaseInterfaces(machine: VirtualMachine, world: World): void {
  for (const wanted of machine.properties.networkProfile.networkInterfaces) {
    const one = world.account.interfaces.get(wanted.id)
    if (one === undefined || one.machineId?.toLowerCase() !== machine.id.toLowerCase()) continue
    one.machineId = undefined
    if (wanted.properties?.deleteOption === 'Delete') removeInterface(one, world)
  }
}

function removeInterface(one: NetworkInterface, world: World): void {
  releaseAddresses(one, world)
  world.account.interfaces.delete(one.id)
  for (const { publicAddressId, goesWithInterface } of one.configurations) {
    if (goesWithInterface) world.account.addresses.delete(publicAddressId ?? '')
  }
}
