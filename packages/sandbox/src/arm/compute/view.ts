import { envelopeOf } from '../resource-base.ts'
import type { Json, PowerState, VirtualMachine } from '../resources.ts'
import type { World } from '../world.ts'

/** A machine as GET shows it: never with its custom data. */
export function viewMachine(
  machine: VirtualMachine,
  expand: string | undefined,
  world: World,
): Json {
  const { properties, image } = machine
  const { storageProfile } = properties
  const {
    customData: _customData,
    adminPassword: _adminPassword,
    ...osProfile
  } = properties.osProfile
  const disk = world.account.disks.get(machine.diskId ?? '')
  const { provisioningState: _state, ...shown } = properties
  return {
    ...envelopeOf(machine),
    etag: machine.etag,
    properties: {
      ...shown,
      vmId: machine.vmId,
      provisioningState: machine.state,
      timeCreated: machine.createdAt.toISOString(),
      storageProfile: {
        ...storageProfile,
        imageReference: { ...storageProfile.imageReference, exactVersion: image.version },
        osDisk: {
          ...storageProfile.osDisk,
          osType: 'Linux',
          name: machine.diskName,
          caching: storageProfile.osDisk.caching ?? 'None',
          deleteOption: storageProfile.osDisk.deleteOption ?? 'Detach',
          managedDisk: {
            storageAccountType: disk?.sku ?? 'Standard_LRS',
            ...(disk === undefined ? {} : { id: disk.id }),
          },
          diskSizeGB: disk?.sizeGb ?? image.diskGb,
        },
        dataDisks: [],
      },
      osProfile: {
        ...osProfile,
        computerName: osProfile.computerName ?? machine.name,
        secrets: [],
        allowExtensionOperations: osProfile.allowExtensionOperations ?? true,
        requireGuestProvisionSignal: true,
      },
      ...(/instanceview/i.test(expand ?? '') ? { instanceView: viewInstance(machine) } : {}),
    },
  }
}

const provisioning: Readonly<Record<VirtualMachine['state'], string>> = {
  Creating: 'Creating',
  Updating: 'Updating',
  Deleting: 'Deleting',
  Failed: 'Provisioning failed',
  Succeeded: 'Provisioning succeeded',
}

const power: Readonly<Record<PowerState, string>> = {
  starting: 'VM starting',
  running: 'VM running',
  stopping: 'VM stopping',
  stopped: 'VM stopped',
  deallocating: 'VM deallocating',
  deallocated: 'VM deallocated',
}

/** How a machine does. One that failed names the reason in the code of its first status. */
export function viewInstance(machine: VirtualMachine): Json {
  const { state, failure } = machine
  const status =
    failure === undefined
      ? { code: `ProvisioningState/${state.toLowerCase()}`, level: 'Info' }
      : {
          code: `ProvisioningState/failed/${failure.code}`,
          level: 'Error',
          message: failure.message,
        }
  const diagnostics = machine.properties.diagnosticsProfile?.bootDiagnostics
  return {
    computerName: machine.properties.osProfile.computerName ?? machine.name,
    osName: machine.image.publisher === 'Debian' ? 'debian' : 'ubuntu',
    hyperVGeneration: machine.image.generation,
    disks: [
      {
        name: machine.diskName,
        statuses: [
          {
            code: 'ProvisioningState/succeeded',
            level: 'Info',
            displayStatus: 'Provisioning succeeded',
            time: machine.createdAt.toISOString(),
          },
        ],
      },
    ],
    // With storage that Azure manages, the addresses are only told by a call of their own.
    ...(diagnostics?.enabled === true ? { bootDiagnostics: {} } : {}),
    statuses: [
      { ...status, displayStatus: provisioning[state], time: machine.createdAt.toISOString() },
      ...(machine.power === undefined
        ? []
        : [
            {
              code: `PowerState/${machine.power}`,
              level: 'Info',
              displayStatus: power[machine.power],
            },
          ]),
    ],
  }
}
