import type { MachineBatch } from '@kontena/core'
import type { Hardware } from './launch-plan.ts'
import { machineName, partNames } from './names.ts'
import type { AzureShared } from './shared.ts'
import { batchTags, tagKeys } from './tags.ts'
import { zoneNumber } from './zones.ts'

/** Versions of the resource types in a template: those that the SDKs speak. */
const versions = { compute: '2026-04-01', network: '2026-01-01' } as const

/** One machine of a batch, by its names. */
export interface PlannedMachine {
  readonly node: string
  readonly name: string
}

export interface TemplateRequest {
  readonly hardware: Hardware
  readonly batch: MachineBatch
  readonly shared: AzureShared
  readonly subscription: string
  /** In the format of `authorized_keys`. */
  readonly sshKey: string
}

export function planMachines({ names, token }: MachineBatch): PlannedMachine[] {
  return names.map((node) => ({ node, name: machineName(node, token) }))
}

/**
 * A deployment's template with all its resources written out: an address, an interface and a machine for
 * each name. The user data is a secure parameter, which ARM shows nobody again; the other parameters are
 * there to be read back.
 */
export function template(request: TemplateRequest) {
  const machines = planMachines(request.batch)
  return {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    parameters: {
      customData: { type: 'securestring' },
      machines: { type: 'object' },
      zone: { type: 'string' },
      location: { type: 'string' },
      size: { type: 'string' },
    },
    resources: machines.flatMap((machine) => resourcesOf(request, machine)),
  }
}

/** Values of a template's parameters. */
export function templateParameters({ hardware, batch }: TemplateRequest) {
  const machines = Object.fromEntries(planMachines(batch).map(({ name, node }) => [name, node]))
  return {
    customData: { value: Buffer.from(batch.userData).toString('base64') },
    machines: { value: machines },
    zone: { value: batch.zone },
    location: { value: hardware.location },
    size: { value: hardware.size.name },
  }
}

function resourcesOf(request: TemplateRequest, { name, node }: PlannedMachine) {
  const { hardware, batch, subscription, shared } = request
  const number = zoneNumber(hardware.location, batch.zone)
  const base = {
    location: hardware.location,
    tags: literals({ ...batchTags(batch), [tagKeys.node]: node }),
  }
  const zoned = number === undefined ? {} : { zones: [number] }
  const scope = `/subscriptions/${subscription}/resourceGroups/${shared.group}/providers`
  const ids = {
    address: `${scope}/Microsoft.Network/publicIPAddresses/${partNames.address(name)}`,
    nic: `${scope}/Microsoft.Network/networkInterfaces/${partNames.nic(name)}`,
  }
  const { publicIp } = hardware.options
  const address = {
    type: 'Microsoft.Network/publicIPAddresses',
    apiVersion: versions.network,
    name: partNames.address(name),
    ...base,
    ...zoned,
    sku: { name: 'Standard' },
    properties: { publicIPAllocationMethod: 'Static', publicIPAddressVersion: 'IPv4' },
  }
  const nic = {
    type: 'Microsoft.Network/networkInterfaces',
    apiVersion: versions.network,
    name: partNames.nic(name),
    ...base,
    dependsOn: publicIp ? [ids.address] : [],
    properties: nicProperties(shared, publicIp ? ids.address : undefined),
  }
  const machine = {
    type: 'Microsoft.Compute/virtualMachines',
    apiVersion: versions.compute,
    name,
    ...base,
    ...zoned,
    dependsOn: [ids.nic],
    ...(hardware.image.plan && { plan: hardware.image.plan }),
    properties: machineProperties(request, { name, node, nic: ids.nic }),
  }
  return publicIp ? [address, nic, machine] : [nic, machine]
}

function nicProperties(shared: AzureShared, address: string | undefined) {
  return {
    networkSecurityGroup: { id: shared.securityGroup },
    ipConfigurations: [
      {
        name: 'primary',
        properties: {
          primary: true,
          privateIPAllocationMethod: 'Dynamic',
          subnet: { id: shared.subnet },
          applicationSecurityGroups: [{ id: shared.nodes }],
          ...(address && {
            publicIPAddress: { id: address, properties: { deleteOption: 'Delete' } },
          }),
        },
      },
    ],
  }
}

function machineProperties(
  { hardware, sshKey }: TemplateRequest,
  { name, node, nic }: PlannedMachine & { nic: string },
) {
  const { options, size, image, user } = hardware
  const { publisher, offer, sku, version } = image
  return {
    hardwareProfile: { vmSize: size.name },
    storageProfile: {
      imageReference: { publisher, offer, sku, version },
      osDisk: {
        name: partNames.disk(name),
        createOption: 'FromImage',
        deleteOption: 'Delete',
        diskSizeGB: options.storage,
        managedDisk: { storageAccountType: options.storageType },
      },
    },
    osProfile: {
      computerName: node,
      adminUsername: user,
      customData: "[parameters('customData')]",
      linuxConfiguration: {
        disablePasswordAuthentication: true,
        ssh: {
          publicKeys: [{ path: `/home/${user}/.ssh/authorized_keys`, keyData: sshKey }],
        },
      },
    },
    networkProfile: {
      networkInterfaces: [{ id: nic, properties: { primary: true, deleteOption: 'Delete' } }],
    },
    diagnosticsProfile: { bootDiagnostics: { enabled: true } },
  }
}

/** What stands in brackets is an expression to ARM, unless it begins with two. */
export function literal(text: string): string {
  return text.startsWith('[') && text.endsWith(']') ? `[${text}` : text
}

function literals(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [literal(key), literal(value)]),
  )
}
