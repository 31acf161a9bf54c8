import { createHash } from 'node:crypto'
import { formatIpv4, parseIpv4 } from '../../ipv4.ts'
import type { InstanceData } from '../../machine/user-data.ts'
import type { Guest } from '../../vm/guest.ts'
import type { KeyPair, NetworkInterface } from '../resources.ts'
import { publicDnsName } from './instance-data.ts'
import type { LaunchPlan } from './launch-plan.ts'
import { openMetadataService } from './metadata-service.ts'

export interface GuestSource {
  readonly id: string
  readonly region: string
  readonly plan: LaunchPlan
  readonly instance: InstanceData
  readonly network: NetworkInterface
  readonly key: KeyPair | undefined
}

/** In each VPC, Amazon's name server is here and at the address after the first. */
const nameServer = '169.254.169.253'

/** How an instance looks from inside: DMI tables as on Nitro, one interface with DHCP, and IMDS. */
export function guestOf(source: GuestSource): Guest {
  const { id, plan, network } = source
  const uuid = uuidOf(id)
  const prefix = Number(network.subnet.cidr.split('/')[1])
  const first = parseIpv4(network.subnet.cidr.split('/')[0] ?? '')
  return {
    smbios: [
      // cloud-init takes a machine for EC2's by these two, which are the same and begin with ec2.
      `type=1,manufacturer=Amazon EC2,product=${plan.type.name},uuid=${uuid},serial=${uuid}`,
      `type=2,manufacturer=Amazon EC2,asset=${id}`,
      'type=3,asset=Amazon EC2',
    ],
    interfaces: [
      {
        mac: network.macAddress,
        address: network.privateAddress,
        prefix,
        gateway: formatIpv4(first + 1),
        network: network.subnet.vpc.id,
      },
    ],
    metadata: openMetadataService({ ...metadataOptionsOf(source) }),
    metadataAddresses: ['169.254.169.254'],
    nameServers: [nameServer],
    publicAddress: () => network.publicAddress,
  }
}

function uuidOf(id: string): string {
  const hash = createHash('sha256').update(id).digest('hex')
  const parts = [`ec2${hash.slice(0, 5)}`, hash.slice(5, 9), hash.slice(9, 13), hash.slice(13, 17)]
  return [...parts, hash.slice(17, 29)].join('-')
}

function metadataOptionsOf(source: GuestSource) {
  const { plan } = source
  const { MetadataOptions: options } = plan.input
  return {
    userData: plan.userData,
    isEnabled: options.HttpEndpoint !== 'disabled',
    needsToken: options.HttpTokens === 'required',
    tree: () => ({
      'meta-data': metaData(source),
      dynamic: { 'instance-identity': identity(source) },
    }),
  }
}

/** What cloud-init is told in the sandbox's other way to boot, and what only a service can tell. */
function metaData({ instance, network, key, region }: GuestSource): Record<string, unknown> {
  const { publicAddress, macAddress, subnet } = network
  const { 'public-ipv4': _old, ...rest } = instance.metaData
  const isPublic = publicAddress !== undefined
  const publicNames = isPublic
    ? { 'public-ipv4': publicAddress, 'public-hostname': publicDnsName(publicAddress, region) }
    : {}
  const groups = network.groups.map(({ name }) => name).join('\n')
  return {
    ...rest,
    ...publicNames,
    mac: macAddress,
    network: {
      interfaces: {
        macs: {
          [macAddress]: {
            'device-number': '0',
            'interface-id': network.id,
            'local-hostname': instance.metaData['local-hostname'],
            'local-ipv4s': network.privateAddress,
            mac: macAddress,
            ...(isPublic ? { 'public-ipv4s': publicAddress } : {}),
            'security-groups': groups,
            'subnet-id': subnet.id,
            'subnet-ipv4-cidr-block': subnet.cidr,
            'vpc-id': subnet.vpc.id,
            'vpc-ipv4-cidr-block': subnet.vpc.cidr,
          },
        },
      },
    },
    'security-groups': groups,
    services: { domain: 'amazonaws.com', partition: 'aws' },
    ...(key === undefined
      ? {}
      : { 'public-keys': { [`0=${key.name}`]: { 'openssh-key': key.publicKey } } }),
  }
}

function identity({ id, plan, network, region }: GuestSource): Record<string, unknown> {
  const document = {
    accountId: '123456789012',
    architecture: plan.image.architecture,
    availabilityZone: plan.network.subnet.zone.name,
    imageId: plan.image.id,
    instanceId: id,
    instanceType: plan.type.name,
    pendingTime: network.createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    privateIp: network.privateAddress,
    region,
    version: '2017-09-30',
  }
  return { document: JSON.stringify(document, undefined, 2) }
}
