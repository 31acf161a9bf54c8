import type { Account } from './account.ts'
import type { DeploymentState } from './deployments/deployment.ts'
import type { RuleProperties } from './network/rule-body.ts'
import type { Json, PowerState, ProvisioningState, Resource } from './resources.ts'

/** What is in the simulated subscription, as plain data that does not change any more: for assertions. */
export interface AzureSnapshots {
  resourceGroups(): readonly ResourceGroupSnapshot[]
  virtualMachines(): readonly VirtualMachineSnapshot[]
  networkInterfaces(): readonly InterfaceSnapshot[]
  publicAddresses(): readonly PublicAddressSnapshot[]
  disks(): readonly DiskSnapshot[]
  securityGroups(): readonly NetworkSecurityGroupSnapshot[]
  applicationGroups(): readonly AzureResourceSnapshot[]
  virtualNetworks(): readonly VirtualNetworkSnapshot[]
  deployments(): readonly DeploymentSnapshot[]
}

export interface AzureResourceSnapshot {
  readonly id: string
  readonly name: string
  readonly group: string
  readonly location: string
  readonly zones: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly state: ProvisioningState
}

export interface ResourceGroupSnapshot {
  readonly id: string
  readonly name: string
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
  readonly isGoing: boolean
}

export interface VirtualMachineSnapshot extends AzureResourceSnapshot {
  readonly vmId: string
  readonly power: PowerState | undefined
  readonly size: string
  /** `publisher:offer:sku:version`, with the version that it became. */
  readonly image: string
  readonly computerName: string
  readonly adminUsername: string
  readonly sshKeys: readonly string[]
  /** Custom data, decoded. */
  readonly userData: Uint8Array
  readonly interfaceIds: readonly string[]
  readonly diskId: string | undefined
  /** Code of what went wrong. */
  readonly failure: string | undefined
  readonly console: string
  /** Folder that stands for `/`; gone when the machine is. */
  readonly root: string
}

export interface InterfaceSnapshot extends AzureResourceSnapshot {
  readonly machineId: string | undefined
  readonly securityGroupId: string | undefined
  readonly subnetIds: readonly string[]
  readonly applicationGroupIds: readonly string[]
  readonly privateAddress: string | undefined
  readonly publicAddressId: string | undefined
}

export interface PublicAddressSnapshot extends AzureResourceSnapshot {
  readonly address: string
  readonly holderId: string | undefined
}

export interface DiskSnapshot extends AzureResourceSnapshot {
  readonly machineId: string | undefined
  readonly sizeGb: number
  readonly sku: string
}

export interface NetworkSecurityGroupSnapshot extends AzureResourceSnapshot {
  readonly rules: readonly ({ readonly name: string } & RuleProperties)[]
}

export interface VirtualNetworkSnapshot extends AzureResourceSnapshot {
  readonly cidrs: readonly string[]
  readonly subnets: readonly {
    readonly id: string
    readonly name: string
    readonly cidr: string
    readonly securityGroupId: string | undefined
    readonly hasOutboundAccess: boolean | undefined
  }[]
}

export interface DeploymentSnapshot {
  readonly id: string
  readonly name: string
  readonly group: string
  readonly tags: Readonly<Record<string, string>>
  readonly state: DeploymentState
  /** Code of what went wrong. */
  readonly failure: string | undefined
  /** What it makes, or has made, with nothing left to work out. */
  readonly resources: readonly {
    readonly type: string
    readonly name: string
    readonly body: Json
  }[]
}

export function openSnapshots(account: Account): AzureSnapshots {
  return {
    resourceGroups: () => account.groups.values().map((group) => ({ ...group })),
    virtualMachines: () => virtualMachines(account),
    networkInterfaces: () => networkInterfaces(account),
    publicAddresses: () =>
      account.addresses.values().map(({ address, holderId, ...rest }) => ({
        ...common(rest),
        address,
        holderId,
      })),
    disks: () =>
      account.disks.values().map(({ machineId, sizeGb, sku, ...rest }) => ({
        ...common(rest),
        machineId,
        sizeGb,
        sku,
      })),
    securityGroups: () =>
      account.securityGroups.values().map((group) => ({
        ...common(group),
        rules: [...group.rules.values()].map(({ name, properties }) => ({ name, ...properties })),
      })),
    applicationGroups: () => account.applicationGroups.values().map(common),
    virtualNetworks: () =>
      account.networks.values().map((network) => ({
        ...common(network),
        cidrs: network.cidrs,
        subnets: [...network.subnets.values()].map(
          ({ id, name, cidr, securityGroupId, hasOutboundAccess }) => ({
            id,
            name,
            cidr,
            securityGroupId,
            hasOutboundAccess,
          }),
        ),
      })),
    deployments: () =>
      account.deployments.values().map(({ id, name, group, tags, state, error, resources }) => ({
        id,
        name,
        group,
        tags,
        state,
        failure: error?.code,
        resources: resources.map(({ type, name, body }) => ({ type, name, body })),
      })),
  }
}

function common({
  id,
  name,
  group,
  location,
  zones,
  tags,
  state,
}: Resource): AzureResourceSnapshot {
  return { id, name, group, location, zones, tags, state }
}

function virtualMachines(account: Account): readonly VirtualMachineSnapshot[] {
  return account.machines.values().map((machine) => {
    const { properties, image } = machine
    const { osProfile } = properties
    return {
      ...common(machine),
      vmId: machine.vmId,
      power: machine.power,
      size: machine.size.name,
      image: [image.publisher, image.offer, image.sku, image.version].join(':'),
      computerName: osProfile.computerName ?? machine.name,
      adminUsername: osProfile.adminUsername,
      sshKeys: (osProfile.linuxConfiguration?.ssh?.publicKeys ?? []).map(({ keyData }) => keyData),
      userData: new Uint8Array(machine.userData),
      interfaceIds: properties.networkProfile.networkInterfaces.map(({ id }) => id),
      diskId: machine.diskId,
      failure: machine.failure?.code,
      console: machine.machine.console(),
      root: machine.machine.root,
    }
  })
}

function networkInterfaces(account: Account): readonly InterfaceSnapshot[] {
  return account.interfaces.values().map((one) => {
    const { configurations } = one
    const primary = configurations.find(({ isPrimary }) => isPrimary)
    return {
      ...common(one),
      machineId: one.machineId,
      securityGroupId: one.securityGroupId,
      subnetIds: configurations.map(({ subnetId }) => subnetId),
      applicationGroupIds: configurations.flatMap(({ applicationGroupIds: ids }) => ids),
      privateAddress: primary?.privateAddress,
      publicAddressId: primary?.publicAddressId,
    }
  })
}
