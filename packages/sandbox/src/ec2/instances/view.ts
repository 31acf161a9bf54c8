import { type Region, tagsOf } from '../region.ts'
import {
  accountId,
  type Instance,
  type NetworkInterface,
  type SecurityGroup,
  stateCodes,
  type Volume,
} from '../resources.ts'
import { items, tagSet, timestamp, type Xml } from '../wire/xml.ts'
import { privateDnsName, publicDnsName } from './instance-data.ts'

/** Instances of one RunInstances call. */
export function reservationXml(instances: readonly Instance[], region: Region): Xml {
  return {
    reservationId: instances[0]?.reservationId,
    ownerId: accountId,
    groupSet: items([]),
    instancesSet: items(instances.map((instance) => instanceXml(instance, region))),
  }
}

function instanceXml(instance: Instance, region: Region): Xml {
  const { image, type } = instance
  const network = shownNetwork(instance)
  return {
    instanceId: instance.id,
    imageId: image.id,
    instanceState: stateXml(instance.state),
    ...addressesXml(network, region),
    reason: instance.transitionReason,
    keyName: instance.keyName,
    amiLaunchIndex: instance.launchIndex,
    productCodes: items([]),
    instanceType: type.name,
    launchTime: timestamp(instance.launchedAt),
    placement: {
      availabilityZoneId: instance.zone.id,
      groupName: '',
      tenancy: 'default',
      availabilityZone: instance.zone.name,
    },
    monitoring: { state: instance.isMonitored ? 'enabled' : 'disabled' },
    architecture: image.architecture,
    rootDeviceType: 'ebs',
    rootDeviceName: image.rootDevice,
    blockDeviceMapping: items(attachedVolumes(instance).map(blockDeviceXml)),
    virtualizationType: 'hvm',
    clientToken: instance.clientToken ?? '',
    tagSet: tagSet(tagsOf(region, instance.id)),
    hypervisor: 'xen',
    networkInterfaceSet: items(
      network === undefined ? [] : [attachedInterfaceXml(network, region)],
    ),
    groupSet: groupSet(network?.groups ?? []),
    stateReason: instance.stateReason,
    iamInstanceProfile: instance.profile === undefined ? undefined : profileXml(instance.profile),
    ebsOptimized: false,
    enaSupport: true,
    sourceDestCheck: network === undefined ? undefined : true,
    cpuOptions: {
      coreCount: type.virtualCpus / type.threadsPerCore,
      threadsPerCore: type.threadsPerCore,
    },
    metadataOptions: {
      state: instance.state === 'pending' ? 'pending' : 'applied',
      httpTokens: instance.metadata.tokens,
      httpPutResponseHopLimit: instance.metadata.hopLimit,
      httpEndpoint: instance.metadata.endpoint,
      httpProtocolIpv6: instance.metadata.ipv6,
      instanceMetadataTags: instance.metadata.tags,
    },
    platformDetails: 'Linux/UNIX',
    usageOperation: 'RunInstances',
  }
}

export function stateXml(state: Instance['state']): Xml {
  return { code: stateCodes[state], name: state }
}

export function groupSet(groups: readonly SecurityGroup[]): Xml {
  return items(groups.map(({ id, name }) => ({ groupId: id, groupName: name })))
}

/** Volumes that it has right now; none once it is terminated. */
export function attachedVolumes(instance: Instance): readonly Volume[] {
  return instance.volumes.filter(({ instanceId }) => instanceId === instance.id)
}

/** EC2 tells a public address only once the instance runs. */
function shownNetwork({ network, state }: Instance): NetworkInterface | undefined {
  if (network === undefined || state !== 'pending') return network
  return { ...network, publicAddress: undefined }
}

/** A terminated instance has no network any more. */
function addressesXml(network: NetworkInterface | undefined, region: Region): Xml {
  if (network === undefined) return { privateDnsName: '', dnsName: '' }
  const { publicAddress, privateAddress, subnet } = network
  return {
    privateDnsName: privateDnsName(privateAddress, region.name),
    dnsName: publicAddress === undefined ? '' : publicDnsName(publicAddress, region.name),
    subnetId: subnet.id,
    vpcId: subnet.vpc.id,
    privateIpAddress: privateAddress,
    ipAddress: publicAddress,
  }
}

function blockDeviceXml(volume: Volume): Xml {
  return {
    deviceName: volume.device,
    ebs: {
      volumeId: volume.id,
      status: 'attached',
      attachTime: timestamp(volume.createdAt),
      deleteOnTermination: volume.goesWithInstance,
    },
  }
}

function attachedInterfaceXml(network: NetworkInterface, region: Region): Xml {
  const association = associationXml(network, region)
  const dnsName = privateDnsName(network.privateAddress, region.name)
  return {
    networkInterfaceId: network.id,
    subnetId: network.subnet.id,
    vpcId: network.subnet.vpc.id,
    description: network.description,
    ownerId: accountId,
    status: 'in-use',
    macAddress: network.macAddress,
    privateIpAddress: network.privateAddress,
    privateDnsName: dnsName,
    sourceDestCheck: true,
    groupSet: groupSet(network.groups),
    attachment: {
      attachmentId: network.attachmentId,
      deviceIndex: 0,
      status: 'attached',
      attachTime: timestamp(network.createdAt),
      deleteOnTermination: network.goesWithInstance,
      networkCardIndex: 0,
    },
    association,
    privateIpAddressesSet: items([
      {
        privateIpAddress: network.privateAddress,
        privateDnsName: dnsName,
        primary: true,
        association,
      },
    ]),
    ipv6AddressesSet: items([]),
    interfaceType: 'interface',
  }
}

export function associationXml(
  { publicAddress }: NetworkInterface,
  region: Region,
): Xml | undefined {
  if (publicAddress === undefined) return undefined
  return {
    publicIp: publicAddress,
    publicDnsName: publicDnsName(publicAddress, region.name),
    ipOwnerId: 'amazon',
  }
}

function profileXml(profile: string): Xml {
  const arn = profile.startsWith('arn:')
    ? profile
    : `arn:aws:iam::${accountId}:instance-profile/${profile}`
  return { arn, id: 'AIPAEXAMPLESANDBOX00' }
}
