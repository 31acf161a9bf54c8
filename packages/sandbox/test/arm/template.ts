import type { Deployment } from '@azure/arm-resourcesdeployments'
import { idOf, location, publicKey } from './things.ts'

const network = '2026-01-01'
const compute = '2026-04-01'

export interface TemplateResource {
  readonly type: string
  readonly apiVersion: string
  readonly name: string
  readonly [field: string]: unknown
}

/** A deployment of these resources. */
export function deploymentOf(
  resources: readonly TemplateResource[],
  others: {
    readonly template?: Record<string, unknown>
    readonly parameters?: Record<string, { readonly value?: unknown }>
  } = {},
): Deployment {
  return {
    properties: {
      mode: 'Incremental',
      template: {
        $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
        contentVersion: '1.0.0.0',
        resources: [...resources],
        ...others.template,
      },
      parameters: others.parameters ?? {},
    },
  }
}

export function group(name: string, others: Record<string, unknown> = {}): TemplateResource {
  return {
    type: 'Microsoft.Network/applicationSecurityGroups',
    apiVersion: network,
    name,
    location,
    ...others,
  }
}

/** A public address, an interface in `net`, and a machine, each after the one before. */
export function machineParts(
  opened: { readonly subscription: string },
  name: string,
  { zone, size = 'Standard_B2s' }: { readonly zone?: string; readonly size?: string } = {},
): readonly TemplateResource[] {
  const zones = zone === undefined ? {} : { zones: [zone] }
  const idIn = (type: string, of: string) => `[resourceId('${type}', '${of}')]`
  const addresses = 'Microsoft.Network/publicIPAddresses'
  const interfaces = 'Microsoft.Network/networkInterfaces'
  return [
    {
      type: addresses,
      apiVersion: network,
      name: `${name}-ip`,
      location,
      ...zones,
      sku: { name: 'Standard' },
      properties: { publicIPAllocationMethod: 'Static' },
    },
    {
      type: interfaces,
      apiVersion: network,
      name: `${name}-nic`,
      location,
      dependsOn: [idIn(addresses, `${name}-ip`)],
      properties: {
        ipConfigurations: [
          {
            name: 'main',
            properties: {
              subnet: { id: idOf(opened, 'Microsoft.Network/virtualNetworks/net/subnets/nodes') },
              publicIPAddress: {
                id: idIn(addresses, `${name}-ip`),
                properties: { deleteOption: 'Delete' },
              },
            },
          },
        ],
      },
    },
    {
      type: 'Microsoft.Compute/virtualMachines',
      apiVersion: compute,
      name,
      location,
      ...zones,
      dependsOn: [idIn(interfaces, `${name}-nic`)],
      properties: machineProperties(name, size, idIn(interfaces, `${name}-nic`)),
    },
  ]
}

function machineProperties(name: string, size: string, interfaceId: string) {
  return {
    hardwareProfile: { vmSize: size },
    storageProfile: {
      imageReference: {
        publisher: 'Debian',
        offer: 'debian-13',
        sku: '13-gen2',
        version: 'latest',
      },
      osDisk: { createOption: 'FromImage', deleteOption: 'Delete' },
    },
    osProfile: {
      computerName: name,
      adminUsername: 'kontena',
      linuxConfiguration: {
        disablePasswordAuthentication: true,
        ssh: { publicKeys: [{ path: '/home/kontena/.ssh/authorized_keys', keyData: publicKey }] },
      },
    },
    networkProfile: {
      networkInterfaces: [{ id: interfaceId, properties: { deleteOption: 'Delete' } }],
    },
  }
}
