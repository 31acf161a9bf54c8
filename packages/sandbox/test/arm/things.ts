import type { VirtualMachine } from '@azure/arm-compute'
import type { NetworkInterface, PublicIPAddress, SecurityRule } from '@azure/arm-network'
import type { Opened } from './open.ts'

export const location = 'westeurope'

/** For calls that take a while: the SDK would look again after two seconds. */
export const quick = { updateIntervalInMs: 5 }

/** The public half of a key that nobody has. */
export const publicKey = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7),
]).toString('base64')}`

export function idOf({ subscription }: Pick<Opened, 'subscription'>, path: string): string {
  return `/subscriptions/${subscription}/resourceGroups/grid/providers/${path}`
}

export function rule(name: string, others: Partial<SecurityRule> = {}): SecurityRule {
  return {
    name,
    protocol: 'Tcp',
    sourcePortRange: '*',
    destinationPortRange: '22',
    sourceAddressPrefix: '*',
    destinationAddressPrefix: '*',
    access: 'Allow',
    priority: 100,
    direction: 'Inbound',
    ...others,
  }
}

/** A network `net` with a subnet `nodes`. */
export async function makeNetwork({ network }: Pick<Opened, 'network'>): Promise<void> {
  await network.virtualNetworks.createOrUpdate(
    'grid',
    'net',
    {
      location,
      addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
      subnets: [{ name: 'nodes', addressPrefix: '10.0.0.0/24' }],
    },
    quick,
  )
}

export async function makeAddress(
  { network }: Pick<Opened, 'network'>,
  name: string,
  others: Partial<PublicIPAddress> = {},
): Promise<void> {
  await network.publicIPAddresses.createOrUpdate(
    'grid',
    name,
    {
      location,
      sku: { name: 'Standard' },
      publicIPAllocationMethod: 'Static',
      ...others,
    },
    quick,
  )
}

type Configuration = NonNullable<NetworkInterface['ipConfigurations']>[number]

/** An interface in `nodes`. */
export async function makeInterface(
  opened: Opened,
  name: string,
  {
    configuration = {},
    ...others
  }: Partial<NetworkInterface> & { configuration?: Configuration } = {},
): Promise<string> {
  const made = await opened.network.networkInterfaces.createOrUpdate(
    'grid',
    name,
    {
      location,
      ipConfigurations: [
        {
          name: 'main',
          subnet: { id: idOf(opened, 'Microsoft.Network/virtualNetworks/net/subnets/nodes') },
          ...configuration,
        },
      ],
      ...others,
    },
    quick,
  )
  return made.id ?? ''
}

/** What a machine needs to be asked for, with its interface given. */
export function machine(interfaceId: string, others: Partial<VirtualMachine> = {}): VirtualMachine {
  return {
    location,
    hardwareProfile: { vmSize: 'Standard_B2s' },
    storageProfile: {
      imageReference: {
        publisher: 'Canonical',
        offer: 'ubuntu-24_04-lts',
        sku: 'server',
        version: 'latest',
      },
      osDisk: {
        createOption: 'FromImage',
        deleteOption: 'Delete',
        managedDisk: { storageAccountType: 'StandardSSD_LRS' },
      },
    },
    osProfile: {
      computerName: 'web-1',
      adminUsername: 'kontena',
      customData: Buffer.from('#cloud-config\n').toString('base64'),
      linuxConfiguration: {
        disablePasswordAuthentication: true,
        ssh: { publicKeys: [{ path: '/home/kontena/.ssh/authorized_keys', keyData: publicKey }] },
      },
    },
    networkProfile: {
      networkInterfaces: [{ id: interfaceId, primary: true, deleteOption: 'Delete' }],
    },
    diagnosticsProfile: { bootDiagnostics: { enabled: true } },
    ...others,
  }
}

/** A machine with everything that it needs, whose parts go with it. */
export async function makeMachine(
  opened: Opened,
  name = 'vm',
  others: Partial<VirtualMachine> = {},
) {
  if (opened.sandbox.azure.virtualNetworks().length === 0) await makeNetwork(opened)
  await makeAddress(opened, `${name}-ip`)
  const interfaceId = await makeInterface(opened, `${name}-nic`, {
    configuration: {
      publicIPAddress: {
        id: idOf(opened, `Microsoft.Network/publicIPAddresses/${name}-ip`),
        deleteOption: 'Delete',
      },
    },
  })
  return opened.compute.virtualMachines.createOrUpdate(
    'grid',
    name,
    machine(interfaceId, others),
    quick,
  )
}
