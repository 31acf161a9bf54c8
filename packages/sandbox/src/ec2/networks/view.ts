import { fixedId } from '../ids.ts'
import { privateDnsName } from '../instances/instance-data.ts'
import { associationXml, groupSet } from '../instances/view.ts'
import { type Region, tagsOf } from '../region.ts'
import { accountId, type NetworkInterface, type Subnet, type Vpc } from '../resources.ts'
import { items, tagSet, timestamp, type Xml } from '../wire/xml.ts'
import { usableAddresses } from './addresses.ts'

export function vpcXml(vpc: Vpc, region: Region): Xml {
  return {
    vpcId: vpc.id,
    ownerId: accountId,
    state: 'available',
    cidrBlock: vpc.cidr,
    cidrBlockAssociationSet: items([
      {
        cidrBlock: vpc.cidr,
        associationId: fixedId('vpc-cidr-assoc', vpc.id),
        cidrBlockState: { state: 'associated' },
      },
    ]),
    dhcpOptionsId: fixedId('dopt', region.name),
    tagSet: tagSet(tagsOf(region, vpc.id)),
    instanceTenancy: 'default',
    isDefault: vpc.isDefault,
  }
}

export function subnetXml(subnet: Subnet, region: Region): Xml {
  return {
    subnetId: subnet.id,
    subnetArn: `arn:aws:ec2:${region.name}:${accountId}:subnet/${subnet.id}`,
    state: 'available',
    ownerId: accountId,
    vpcId: subnet.vpc.id,
    cidrBlock: subnet.cidr,
    ipv6CidrBlockAssociationSet: items([]),
    availableIpAddressCount: usableAddresses(subnet.cidr) - subnet.taken.size,
    availabilityZone: subnet.zone.name,
    availabilityZoneId: subnet.zone.id,
    defaultForAz: subnet.isDefault,
    mapPublicIpOnLaunch: subnet.givesPublicAddress,
    assignIpv6AddressOnCreation: false,
    tagSet: tagSet(tagsOf(region, subnet.id)),
  }
}

export function interfaceXml(network: NetworkInterface, region: Region): Xml {
  const { instanceId, subnet, privateAddress } = network
  const dnsName = privateDnsName(privateAddress, region.name)
  const association = associationXml(network, region)
  return {
    networkInterfaceId: network.id,
    subnetId: subnet.id,
    vpcId: subnet.vpc.id,
    availabilityZone: subnet.zone.name,
    availabilityZoneId: subnet.zone.id,
    description: network.description,
    ownerId: accountId,
    requesterManaged: false,
    status: instanceId === undefined ? 'available' : 'in-use',
    macAddress: network.macAddress,
    privateIpAddress: privateAddress,
    privateDnsName: dnsName,
    sourceDestCheck: true,
    groupSet: groupSet(network.groups),
    attachment: instanceId === undefined ? undefined : attachmentXml(network, instanceId),
    association,
    tagSet: tagSet(tagsOf(region, network.id)),
    privateIpAddressesSet: items([
      { privateIpAddress: privateAddress, privateDnsName: dnsName, primary: true, association },
    ]),
    ipv6AddressesSet: items([]),
    interfaceType: 'interface',
  }
}

function attachmentXml(network: NetworkInterface, instanceId: string): Xml {
  return {
    attachmentId: network.attachmentId,
    instanceId,
    instanceOwnerId: accountId,
    deviceIndex: 0,
    networkCardIndex: 0,
    status: 'attached',
    attachTime: timestamp(network.createdAt),
    deleteOnTermination: network.goesWithInstance,
  }
}
