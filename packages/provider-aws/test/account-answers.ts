import type { Ec2Stub } from './ec2-stub.ts'
import type { XmlContent } from './xml.ts'

export const vpc = 'vpc-0a0a0a0a'

/** An account with a default VPC, two zones, one image and nothing of ours. */
export function answerUsualAccount(ec2: Ec2Stub): void {
  const bodies: Record<string, XmlContent> = {
    DescribeInstanceTypes: { instanceTypeSet: [instanceType('t3.small', ['i386', 'x86_64'])] },
    DescribeInstanceTypeOfferings: {
      instanceTypeOfferingSet: ['a', 'b'].map((letter) => ({
        instanceType: 't3.small',
        location: `eu-west-1${letter}`,
      })),
    },
    DescribeAvailabilityZones: {
      availabilityZoneInfo: ['a', 'b'].map((letter) => ({
        zoneName: `eu-west-1${letter}`,
        zoneState: 'available',
      })),
    },
    DescribeVpcs: { vpcSet: [{ vpcId: vpc, isDefault: true }] },
    DescribeSubnets: { subnetSet: [subnet('a'), subnet('b')] },
    DescribeImages: { imagesSet: [image()] },
    'ssm:GetParameters': {
      Parameters: [
        {
          Name: '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id',
          Value: 'ami-0123',
        },
      ],
    },
    DescribeKeyPairs: { keySet: [] },
  }
  answerGroups(ec2, [])
  for (const [action, body] of Object.entries(bodies)) ec2.answer(action, { body })
  for (const action of ['RunInstances', 'CreateSecurityGroup', 'ImportKeyPair']) {
    ec2.answer(action, { error: 'DryRunOperation', status: 412 })
  }
}

/** Groups besides the default one, which is what the account is known by. */
export function answerGroups(ec2: Ec2Stub, ...lists: (readonly XmlContent[])[]): void {
  const queue = [...lists]
  ec2.answer('DescribeSecurityGroups', ({ parameters }) => {
    if (parameters['Filter.1.Value.1'] === 'default') {
      return { body: { securityGroupInfo: [defaultGroup] } }
    }
    return { body: { securityGroupInfo: (queue.length > 1 ? queue.shift() : queue[0]) ?? [] } }
  })
}

export const defaultGroup = {
  ownerId: '123456789012',
  groupId: 'sg-0defa017',
  groupName: 'default',
  vpcId: vpc,
}

export function subnet(letter: string, changes: Record<string, XmlContent> = {}): XmlContent {
  return {
    subnetId: `subnet-0${letter}`,
    vpcId: vpc,
    availabilityZone: `eu-west-1${letter}`,
    availableIpAddressCount: 4091,
    defaultForAz: true,
    ...changes,
  }
}

export function image(changes: Record<string, XmlContent> = {}): XmlContent {
  return {
    imageId: 'ami-0123',
    name: 'ubuntu-noble',
    architecture: 'x86_64',
    imageState: 'available',
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/sda1',
    creationDate: '2026-09-15T00:00:00.000Z',
    blockDeviceMapping: [{ deviceName: '/dev/sda1', ebs: { volumeSize: 8 } }],
    ...changes,
  }
}

export function instanceType(name: string, architectures: readonly string[]): XmlContent {
  return {
    instanceType: name,
    vCpuInfo: { defaultVCpus: 2 },
    memoryInfo: { sizeInMiB: 2048 },
    processorInfo: { supportedArchitectures: architectures },
  }
}

export function instance(id: string, changes: Record<string, XmlContent> = {}): XmlContent {
  return {
    instanceId: id,
    instanceState: { code: 16, name: 'running' },
    placement: { availabilityZone: 'eu-west-1a' },
    amiLaunchIndex: 0,
    ...changes,
  }
}
