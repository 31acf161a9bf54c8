import { instanceTypes } from '../catalog/instance-types.ts'
import { findOne } from '../ids.ts'
import type { Region } from '../region.ts'
import type { Image, InstanceType } from '../resources.ts'
import { tagsByType } from '../tags.ts'
import { Ec2Error, invalidValue } from '../wire/errors.ts'
import { type Disk, planDisks } from './disks.ts'
import type { LaunchInput } from './launch-input.ts'
import { type NetworkPlan, planNetwork } from './network-plan.ts'

/** A RunInstances call, checked, with all it names found. */
export interface LaunchPlan {
  readonly input: LaunchInput
  readonly image: Image
  readonly type: InstanceType
  readonly network: NetworkPlan
  readonly disks: readonly Disk[]
  readonly userData: Buffer
  readonly tags: ReadonlyMap<string, readonly (readonly [string, string])[]>
}

/** EC2's limits: user data before base64, and characters of a client token. */
const largestUserData = 16_384
const longestToken = 64
const taggable = [
  'instance',
  'volume',
  'network-interface',
  'spot-instances-request',
  'elastic-gpu',
]

/** @throws Ec2Error as RunInstances refuses, dry run or not */
export function planLaunch(input: LaunchInput, region: Region): LaunchPlan {
  checkCounts(input)
  const image = findOne('ami', input.ImageId, (id) => region.images.get(id))
  const type = instanceTypes.get(input.InstanceType)
  if (type === undefined) {
    throw invalidValue(`Invalid value '${input.InstanceType}' for InstanceType.`)
  }
  if (type.architecture !== image.architecture) throw wrongArchitecture(type, image)
  if (input.KeyName !== undefined && !region.keyPairs.has(input.KeyName)) {
    throw new Ec2Error('InvalidKeyPair.NotFound', `The key pair '${input.KeyName}' does not exist`)
  }
  return {
    input,
    image,
    type,
    network: planNetwork(input, type, region),
    disks: planDisks(image, input.BlockDeviceMapping),
    userData: decodeUserData(input.UserData ?? ''),
    tags: tagsByType(input.TagSpecification, taggable),
  }
}

function checkCounts({ MinCount: least, MaxCount: most, ClientToken: token = '' }: LaunchInput) {
  if (least < 1) throw invalidValue(`Value (${least}) for parameter minCount is invalid.`)
  if (most < least) {
    throw invalidValue(`Value (${most}) for parameter maxCount is less than minCount (${least}).`)
  }
  if (token.length > longestToken) {
    throw invalidValue(`Client token is too long; the limit is ${longestToken} characters`)
  }
}

function wrongArchitecture(type: InstanceType, image: Image): Ec2Error {
  return invalidValue(
    `The architecture '${type.architecture}' of the specified instance type does not match the ` +
      `architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI ` +
      'that have matching architectures, and try again.',
  )
}

function decodeUserData(encoded: string): Buffer {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(encoded)) {
    throw new Ec2Error('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.')
  }
  const raw = Buffer.from(encoded, 'base64')
  if (raw.length > largestUserData) {
    throw invalidValue(`User data is limited to ${largestUserData} bytes`)
  }
  return raw
}
