import { z } from 'zod'
import { defineAction } from '../action.ts'
import { findAll } from '../ids.ts'
import { tagsOf } from '../region.ts'
import { accountId, type NetworkInterface, type Subnet, type Vpc } from '../resources.ts'
import { boolean, list, paged, text } from '../wire/fields.ts'
import { type FilterFields, matching } from '../wire/filters.ts'
import { pageOf, refuseIdsWithPages } from '../wire/paging.ts'
import { items } from '../wire/xml.ts'
import { usableAddresses } from './addresses.ts'
import { interfaceXml, subnetXml, vpcXml } from './view.ts'

const vpcFields: FilterFields<Vpc> = {
  cidr: ({ cidr }) => cidr,
  'cidr-block-association.cidr-block': ({ cidr }) => cidr,
  'is-default': ({ isDefault }) => isDefault,
  isDefault: ({ isDefault }) => isDefault,
  'owner-id': () => accountId,
  state: () => 'available',
  'vpc-id': ({ id }) => id,
}

export const describeVpcs = defineAction(
  z.strictObject({ ...paged, VpcId: list(text) }),
  (input, { region }) => {
    const fits = matching(input.Filter, vpcFields, ({ id }) => tagsOf(region, id))
    const named = findAll('vpc', input.VpcId, (id) => region.vpcs.get(id))
    const candidates = named.length > 0 ? named : [...region.vpcs.values()]
    return () => {
      const page = pageOf(candidates.filter(fits), input)
      return {
        vpcSet: items(page.members.map((vpc) => vpcXml(vpc, region))),
        nextToken: page.nextToken,
      }
    }
  },
)

const subnetFields: FilterFields<Subnet> = {
  'availability-zone': ({ zone }) => zone.name,
  'availability-zone-id': ({ zone }) => zone.id,
  'available-ip-address-count': ({ cidr, taken }) => usableAddresses(cidr) - taken.size,
  'cidr-block': ({ cidr }) => cidr,
  'default-for-az': ({ isDefault }) => isDefault,
  'map-public-ip-on-launch': ({ givesPublicAddress }) => givesPublicAddress,
  'owner-id': () => accountId,
  state: () => 'available',
  'subnet-id': ({ id }) => id,
  'vpc-id': ({ vpc }) => vpc.id,
}

export const describeSubnets = defineAction(
  z.strictObject({ ...paged, SubnetId: list(text) }),
  (input, { region }) => {
    const fits = matching(input.Filter, subnetFields, ({ id }) => tagsOf(region, id))
    const named = findAll('subnet', input.SubnetId, (id) => region.subnets.get(id))
    const candidates = named.length > 0 ? named : [...region.subnets.values()]
    return () => {
      const page = pageOf(candidates.filter(fits), input)
      return {
        subnetSet: items(page.members.map((subnet) => subnetXml(subnet, region))),
        nextToken: page.nextToken,
      }
    }
  },
)

const interfaceFields: FilterFields<NetworkInterface> = {
  'addresses.private-ip-address': ({ privateAddress }) => privateAddress,
  'association.public-ip': ({ publicAddress }) => publicAddress,
  'attachment.attachment-id': ({ instanceId, attachmentId }) =>
    instanceId === undefined ? undefined : attachmentId,
  'attachment.instance-id': ({ instanceId }) => instanceId,
  'availability-zone': ({ subnet }) => subnet.zone.name,
  description: ({ description }) => description,
  'group-id': ({ groups }) => groups.map(({ id }) => id),
  'mac-address': ({ macAddress }) => macAddress,
  'network-interface-id': ({ id }) => id,
  'owner-id': () => accountId,
  'private-ip-address': ({ privateAddress }) => privateAddress,
  status: ({ instanceId }) => (instanceId === undefined ? 'available' : 'in-use'),
  'subnet-id': ({ subnet }) => subnet.id,
  'vpc-id': ({ subnet }) => subnet.vpc.id,
}

export const describeNetworkInterfaces = defineAction(
  z.strictObject({
    ...paged,
    IncludeManagedResources: boolean.optional(),
    NetworkInterfaceId: list(text),
  }),
  (input, { region }) => {
    refuseIdsWithPages(input.NetworkInterfaceId, 'networkInterfaceIdSet', input)
    const fits = matching(input.Filter, interfaceFields, ({ id }) => tagsOf(region, id))
    const named = findAll('eni', input.NetworkInterfaceId, (id) => region.interfaces.get(id))
    const candidates = named.length > 0 ? named : [...region.interfaces.values()]
    return () => {
      const page = pageOf(candidates.filter(fits), input)
      return {
        networkInterfaceSet: items(page.members.map((one) => interfaceXml(one, region))),
        nextToken: page.nextToken,
      }
    }
  },
)
