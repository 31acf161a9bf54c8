import { nextAddress } from '../../ec2/networks/addresses.ts'
import { isSameId, parseResourceId } from '../resource-id.ts'
import type { IpConfiguration, Json, NetworkInterface, Subnet } from '../resources.ts'
import { badRequest } from '../wire/errors.ts'
import type { World } from '../world.ts'
import type { InterfaceProperties } from './interface-body.ts'
import { publicAddresses } from './public-addresses.ts'
import { refer, referToSubnet } from './refer.ts'
import { releaseConfiguration } from './release.ts'

type Wanted = InterfaceProperties['ipConfigurations'][number]

/**
 * Gives an interface the addresses that a PUT wants; those it had and keeps do not change.
 *
 * @throws ArmError before anything is changed
 */
export function applyConfigurations(
  one: NetworkInterface,
  { ipConfigurations }: InterfaceProperties,
  world: World,
): void {
  for (const wanted of ipConfigurations) check(one, wanted, world)
  const before = one.configurations
  one.configurations = ipConfigurations.map((wanted, index) => {
    const old = before.find(({ name }) => name.toLowerCase() === wanted.name.toLowerCase())
    return make(one, wanted, { isFirst: index === 0, old, world })
  })
  for (const old of before) {
    const isKept = one.configurations.some(({ id }) => isSameId(id, old.id))
    if (!isKept) releaseConfiguration(old, world)
  }
}

function check(one: NetworkInterface, { name, properties }: Wanted, world: World): void {
  const { account } = world
  const referring = { from: one.id, location: one.location }
  referToSubnet(properties.subnet.id, referring, world)
  for (const { id } of properties.applicationSecurityGroups ?? []) {
    refer(account.applicationGroups, id, referring)
  }
  if (properties.publicIPAddress === undefined) return
  const address = refer(account.addresses, properties.publicIPAddress.id, referring)
  const id = `${one.id}/ipConfigurations/${name}`
  if (address.holderId === undefined || isSameId(address.holderId, id)) return
  throw badRequest(
    'PublicIPAddressInUse',
    `Resource ${id} is referencing public IP address ${address.id} that is already allocated to resource ` +
      `${address.holderId}.`,
  )
}

interface Making {
  readonly isFirst: boolean
  readonly old: IpConfiguration | undefined
  readonly world: World
}

function make(
  one: NetworkInterface,
  wanted: Wanted,
  { isFirst, old, world }: Making,
): IpConfiguration {
  const { name, properties } = wanted
  const referring = { from: one.id, location: one.location }
  const { subnet } = referToSubnet(properties.subnet.id, referring, world)
  if (old !== undefined) releaseConfiguration(old, world)
  const id = old?.id ?? `${one.id}/ipConfigurations/${name}`
  const privateAddress = takeAddress(subnet, properties.privateIPAddress ?? old?.privateAddress)
  const address = world.account.addresses.get(properties.publicIPAddress?.id ?? '')
  if (address !== undefined) address.holderId = id
  return {
    id,
    name: old?.name ?? name,
    isPrimary: properties.primary ?? isFirst,
    subnetId: subnet.id,
    privateAddress,
    isStatic: properties.privateIPAllocationMethod === 'Static',
    publicAddressId: address?.id,
    goesWithInterface: properties.publicIPAddress?.properties?.deleteOption === 'Delete',
    applicationGroupIds: (properties.applicationSecurityGroups ?? []).map((group) => group.id),
  }
}

function takeAddress(subnet: Subnet, wanted: string | undefined): string {
  if (wanted !== undefined && subnet.taken.has(wanted)) {
    throw badRequest(
      'PrivateIPAddressInUse',
      `IP configuration is using the private IP address ${wanted} which is already allocated to another resource.`,
    )
  }
  const address = wanted ?? nextAddress(subnet.cidr, subnet.taken)
  if (address === undefined) {
    throw badRequest(
      'SubnetIsFull',
      `Subnet ${subnet.name} with address prefix ${subnet.cidr} does not have enough capacity for 1 IP addresses.`,
    )
  }
  subnet.taken.add(address)
  return address
}

interface Viewing {
  readonly world: World
  /** Whether public addresses are shown in full. */
  readonly isExpanded: boolean
}

export function viewConfiguration(
  configuration: IpConfiguration,
  one: NetworkInterface,
  { world, isExpanded }: Viewing,
): Json {
  const { publicAddressId, applicationGroupIds } = configuration
  const addressId = publicAddressId === undefined ? undefined : parseResourceId(publicAddressId)
  const held =
    isExpanded && addressId !== undefined ? publicAddresses.find(addressId, world) : undefined
  return {
    name: configuration.name,
    id: configuration.id,
    etag: one.etag,
    type: 'Microsoft.Network/networkInterfaces/ipConfigurations',
    properties: {
      provisioningState: one.state,
      privateIPAddress: configuration.privateAddress,
      privateIPAllocationMethod: configuration.isStatic ? 'Static' : 'Dynamic',
      privateIPAddressVersion: 'IPv4',
      primary: configuration.isPrimary,
      subnet: { id: configuration.subnetId },
      ...(publicAddressId === undefined
        ? {}
        : {
            publicIPAddress: held?.view() ?? {
              id: publicAddressId,
              ...(configuration.goesWithInterface
                ? { properties: { deleteOption: 'Delete' } }
                : {}),
            },
          }),
      ...(applicationGroupIds.length === 0
        ? {}
        : { applicationSecurityGroups: applicationGroupIds.map((id) => ({ id })) }),
    },
  }
}
