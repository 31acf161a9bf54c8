import { z } from 'zod'
import { normalizeIpv4Range } from '../../ec2/networks/addresses.ts'
import { privateSubnetsSince } from '../api-versions.ts'
import { isSameId } from '../resource-id.ts'
import type { Json, Subnet, VirtualNetwork } from '../resources.ts'
import { readOnly, reference } from '../wire/body.ts'
import { badRequest } from '../wire/errors.ts'
import { newEtag } from '../wire/etag.ts'
import type { World } from '../world.ts'
import { refer } from './refer.ts'

export const subnetProperties = z.strictObject({
  addressPrefix: z.string().optional(),
  addressPrefixes: z.array(z.string()).optional(),
  networkSecurityGroup: reference.optional(),
  defaultOutboundAccess: z.boolean().optional(),
  privateEndpointNetworkPolicies: z.string().optional(),
  privateLinkServiceNetworkPolicies: z.string().optional(),
  delegations: z.array(z.never()).optional(),
  serviceEndpoints: z.array(z.never()).optional(),
  ipConfigurations: readOnly,
  ipConfigurationProfiles: readOnly,
  resourceNavigationLinks: readOnly,
  purpose: readOnly,
  provisioningState: readOnly,
})
export type SubnetProperties = z.output<typeof subnetProperties>

interface Making {
  readonly network: VirtualNetwork
  readonly name: string
  readonly apiVersion: string
  readonly world: World
}

/** A subnet as a PUT wants it; one that is there keeps its addresses. */
export function makeSubnet(properties: SubnetProperties, making: Making): Subnet {
  const { network, name, apiVersion, world } = making
  const existing = network.subnets.get(name.toLowerCase())
  const cidr = cidrOf(properties, name)
  if (!network.cidrs.some((outer) => contains(outer, cidr))) {
    throw badRequest(
      'NetcfgInvalidSubnet',
      `Subnet '${name}' is not valid in virtual network '${network.name}'.`,
    )
  }
  const group = properties.networkSecurityGroup
  if (group !== undefined) {
    const id = `${network.id}/subnets/${name}`
    refer(world.account.securityGroups, group.id, { from: id, location: network.location })
  }
  return {
    id: existing?.id ?? `${network.id}/subnets/${name}`,
    name: existing?.name ?? name,
    cidr,
    securityGroupId: group?.id,
    hasOutboundAccess:
      properties.defaultOutboundAccess ??
      existing?.hasOutboundAccess ??
      (apiVersion >= privateSubnetsSince ? false : undefined),
    etag: newEtag(),
    taken: existing?.taken ?? new Set(),
  }
}

function cidrOf({ addressPrefix, addressPrefixes }: SubnetProperties, name: string): string {
  const text = addressPrefix ?? addressPrefixes?.[0]
  const cidr = text === undefined ? undefined : normalizeIpv4Range(text)
  if (cidr !== undefined && Number(cidr.split('/')[1]) <= 29) return cidr
  throw badRequest(
    'InvalidAddressPrefixFormat',
    `Address prefix ${text ?? '(null)'} of resource ${name} is not formatted correctly. It should follow CIDR notation, ` +
      'for example 10.0.0.0/24.',
  )
}

export function contains(outer: string, inner: string): boolean {
  const length = outer.split('/')[1]
  const isNarrower = Number(inner.split('/')[1]) >= Number(length)
  return isNarrower && normalizeIpv4Range(`${inner.split('/')[0]}/${length}`) === outer
}

/** @throws ArmError where ranges of two subnets meet */
export function checkOverlaps(subnets: readonly Subnet[]): void {
  for (const [index, one] of subnets.entries()) {
    const other = subnets
      .slice(index + 1)
      .find(({ cidr }) => contains(cidr, one.cidr) || contains(one.cidr, cidr))
    if (other === undefined) continue
    throw badRequest(
      'NetcfgSubnetRangesOverlap',
      `Subnet '${other.name}' is not valid because its IP address range overlaps with that of an existing subnet in ` +
        'virtual network.',
    )
  }
}

export function viewSubnet(subnet: Subnet, network: VirtualNetwork, world: World): Json {
  const users = usersOfSubnet(subnet, world)
  return {
    name: subnet.name,
    id: subnet.id,
    etag: subnet.etag,
    type: 'Microsoft.Network/virtualNetworks/subnets',
    properties: {
      provisioningState: network.state,
      addressPrefix: subnet.cidr,
      ...(subnet.securityGroupId === undefined
        ? {}
        : { networkSecurityGroup: { id: subnet.securityGroupId } }),
      ...(users.length === 0 ? {} : { ipConfigurations: users.map((id) => ({ id })) }),
      ...(subnet.hasOutboundAccess === undefined
        ? {}
        : { defaultOutboundAccess: subnet.hasOutboundAccess }),
      delegations: [],
      privateEndpointNetworkPolicies: 'Disabled',
      privateLinkServiceNetworkPolicies: 'Enabled',
    },
  }
}

/** Ids of the IP configurations that have an address of it. */
function usersOfSubnet(subnet: Subnet, { account }: World): readonly string[] {
  return account.interfaces
    .values()
    .flatMap(({ configurations }) => configurations)
    .filter(({ subnetId }) => isSameId(subnetId, subnet.id))
    .map(({ id }) => id)
}

/** @throws ArmError while machines have addresses of it */
export function refuseWhileUsed(subnet: Subnet, world: World): void {
  const users = usersOfSubnet(subnet, world)
  if (users.length === 0) return
  throw badRequest(
    'InUseSubnetCannotBeDeleted',
    `Subnet ${subnet.name} is in use by ${users.join(', ')} and cannot be deleted. In order to delete the subnet, ` +
      'delete all the resources within the subnet. See aka.ms/deletesubnet.',
  )
}
