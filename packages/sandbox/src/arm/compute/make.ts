import { randomBytes, randomUUID } from 'node:crypto'
import { zoneWord } from '../catalog/locations.ts'
import type { PutRequest } from '../kind.ts'
import { refuseWhileReserved } from '../network/interfaces.ts'
import { refer } from '../network/refer.ts'
import type { Operation } from '../operations.ts'
import { newResource } from '../resource-base.ts'
import { isSameId } from '../resource-id.ts'
import type { NetworkInterface, Tags, VirtualMachine } from '../resources.ts'
import { badRequest } from '../wire/errors.ts'
import type { World } from '../world.ts'
import { makeDisk } from './disks.ts'
import { guestOf } from './guest.ts'
import type { Hardware } from './hardware.ts'
import { instanceData } from './instance-data.ts'
import { launch } from './lifecycle.ts'
import type { MachineProperties } from './machine-body.ts'

export interface WantedMachine extends Hardware {
  readonly location: string
  readonly properties: MachineProperties
  readonly tags: Tags
  readonly zones: readonly string[]
  readonly userData: Buffer
}

/** @throws ArmError for interfaces that are not there or not free */
export function makeMachine(
  request: PutRequest,
  wanted: WantedMachine,
  world: World,
): { readonly machine: VirtualMachine; readonly operation: Operation } {
  const base = newResource(request, { ...wanted, hiddenFor: world.consistencyDelay })
  const interfaces = freeInterfaces(base.id, wanted, world)
  const vmId = randomUUID()
  const { osDisk } = wanted.properties.storageProfile
  const suffix = randomBytes(16).toString('hex')
  const addresses = addressesOf(interfaces, world)
  const instance = instanceData({
    base,
    vmId,
    properties: wanted.properties,
    version: wanted.image.version,
    ...addresses,
  })
  const machine: VirtualMachine = {
    ...base,
    vmId,
    properties: wanted.properties,
    size: wanted.size,
    image: wanted.image,
    userData: wanted.userData,
    machine: world.createMachine({
      id: vmId,
      userData: wanted.userData,
      instance,
      guest: guestOf(
        {
          vmId,
          name: base.name,
          location: base.location,
          properties: wanted.properties,
          instance,
          interfaces,
          publicAddress: addresses.publicAddress,
        },
        world,
      ),
      onlyPrints: world.faults.take('boot-console', {
        zone: zoneWord(base.location, base.zones[0]),
      })?.text,
    }),
    diskName: osDisk.name ?? `${base.name}_OsDisk_1_${suffix}`,
    diskId: undefined,
    power: undefined,
    failure: undefined,
    consoleSnapshot: undefined,
    generation: 0,
  }
  for (const one of interfaces) one.machineId = machine.id
  machine.diskId = makeDisk(machine, request, world).id
  world.account.machines.set(machine.id, machine)
  return { machine, operation: launch(machine, world) }
}

function freeInterfaces(
  id: string,
  { properties, location }: WantedMachine,
  world: World,
): readonly NetworkInterface[] {
  const { networkInterfaces } = properties.networkProfile
  if (networkInterfaces.length > 1 && !networkInterfaces.some((one) => one.properties?.primary)) {
    throw badRequest(
      'InvalidParameter',
      'When more than one network interface is specified, exactly one must be primary.',
      'networkProfile',
    )
  }
  return networkInterfaces.map((wanted) => {
    const one = refer(world.account.interfaces, wanted.id, { from: id, location })
    refuseWhileReserved(one, id)
    if (one.machineId === undefined || isSameId(one.machineId, id)) return one
    throw badRequest(
      'NicInUse',
      `Network Interface ${one.id} is used by existing resource ${one.machineId}. In order to delete the network ` +
        'interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.',
    )
  })
}

function addressesOf(interfaces: readonly NetworkInterface[], { account }: World) {
  const [first] = interfaces
  const configuration = first?.configurations.find(({ isPrimary }) => isPrimary)
  return {
    privateAddress: configuration?.privateAddress ?? '',
    publicAddress: account.addresses.get(configuration?.publicAddressId ?? '')?.address ?? '',
    macAddress: first?.macAddress ?? '',
  }
}
