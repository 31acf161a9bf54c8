import { isDeepStrictEqual } from 'node:util'
import type { Operation } from '../operations.ts'
import { settle } from '../resource-base.ts'
import type { VirtualMachine } from '../resources.ts'
import { conflict } from '../wire/errors.ts'
import { pace, type World } from '../world.ts'
import type { WantedMachine } from './make.ts'

/** A PUT for a machine that is there: tags and size can be changed, the rest must be as it was. */
export function changeMachine(
  machine: VirtualMachine,
  wanted: Omit<WantedMachine, 'location'>,
  world: World,
): Operation {
  if (machine.state === 'Deleting') {
    throw conflict(
      'OperationNotAllowed',
      `Operation 'createOrUpdate' is not allowed on VM '${machine.name}' since the VM is marked for deletion. You can ` +
        'only retry the Delete operation (or wait for an ongoing one to complete).',
    )
  }
  const changed = changedProperty(machine, wanted)
  if (changed !== undefined) {
    throw conflict(
      'PropertyChangeNotAllowed',
      `Changing property '${changed}' is not allowed.`,
      changed,
    )
  }
  machine.tags = wanted.tags
  machine.size = wanted.size
  machine.properties = {
    ...machine.properties,
    hardwareProfile: wanted.properties.hardwareProfile,
    ...(wanted.properties.diagnosticsProfile === undefined
      ? {}
      : { diagnosticsProfile: wanted.properties.diagnosticsProfile }),
  }
  // The same PUT again joins what the first one started.
  const isBusy = machine.operation?.status === 'InProgress'
  if (isBusy && machine.operation !== undefined) return machine.operation
  return settle(machine, { state: 'Updating', after: pace.network }, world)
}

function changedProperty(
  machine: VirtualMachine,
  { properties, zones, userData }: Omit<WantedMachine, 'location'>,
): string | undefined {
  const before = machine.properties
  const { osProfile: oldSystem, storageProfile: oldStorage } = before
  const { osProfile, storageProfile } = properties
  const comparisons: readonly (readonly [string, unknown, unknown])[] = [
    ['zones', machine.zones, zones],
    ['imageReference', oldStorage.imageReference, storageProfile.imageReference],
    [
      'osDisk.name',
      machine.diskName.toLowerCase(),
      (storageProfile.osDisk.name ?? machine.diskName).toLowerCase(),
    ],
    [
      'osProfile.computerName',
      oldSystem.computerName ?? machine.name,
      osProfile.computerName ?? machine.name,
    ],
    ['osProfile.adminUsername', oldSystem.adminUsername, osProfile.adminUsername],
    ['linuxConfiguration', oldSystem.linuxConfiguration, osProfile.linuxConfiguration],
    [
      'osProfile.customData',
      machine.userData.toString('base64'),
      osProfile.customData === undefined
        ? machine.userData.toString('base64')
        : userData.toString('base64'),
    ],
    [
      'networkProfile.networkInterfaces',
      before.networkProfile.networkInterfaces.map(({ id }) => id.toLowerCase()),
      properties.networkProfile.networkInterfaces.map(({ id }) => id.toLowerCase()),
    ],
  ]
  return comparisons.find(([, old, now]) => !isDeepStrictEqual(old, now))?.[0]
}
