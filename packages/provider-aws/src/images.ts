import { DescribeImagesCommand, type Image } from '@aws-sdk/client-ec2'
import { GetParametersCommand } from '@aws-sdk/client-ssm'
import { type BootstrapFormat, type Call, isFailure, ProvisionError } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { isAwsError } from './errors.ts'
import type { Architecture } from './instance-types.ts'
import type { AwsMachineOptions } from './options.ts'

type Family = AwsMachineOptions['image']

export interface MachineImage {
  readonly id: string
  readonly name: string
  /** `/dev/sda1` or `/dev/xvda`: another name would add a second disk instead of sizing this one. */
  readonly rootDevice: string
  /** The image's root disk in GiB; a machine's is not smaller. */
  readonly size: number
  /** Devices of further disks that come with the image. */
  readonly otherDisks: readonly string[]
  /** What it reads at boot. */
  readonly format: BootstrapFormat
}

interface ImageSource {
  /** SSM parameters that publishers keep at the newest image, if any; the first that exists counts. */
  readonly parameters: (architecture: Architecture) => readonly string[]
  /** Account of the publisher in a region: image names alone could be anybody's. */
  readonly publisher: (region: string) => string
  readonly names: (architecture: Architecture) => readonly string[]
}

/**
 * Parameters as Canonical and Debian document them. Canonical's lie under the volume type of their
 * images, which differs between releases. Canonical publishes from an account in each AWS partition.
 * Flatcar has no parameters; its images of both architectures bear names alike (Cluster API's provider
 * for AWS has the same two accounts), and stay public for nine months ("Running on AWS EC2").
 */
const sources: Readonly<Record<Family, ImageSource>> = {
  'ubuntu-24.04': ubuntu('24.04', 'noble'),
  'ubuntu-22.04': ubuntu('22.04', 'jammy'),
  'debian-12': debian('12'),
  'debian-13': debian('13'),
  flatcar: {
    parameters: () => [],
    publisher: (region) => (region.startsWith('cn-') ? '306934455918' : '075585003325'),
    names: () => ['Flatcar-stable-*-hvm'],
  },
}

interface ImageWish {
  readonly ami: string | undefined
  readonly family: Family
  readonly architecture: Architecture
}

export async function findImage(cloud: Cloud, wish: ImageWish, call: Call): Promise<MachineImage> {
  const image =
    wish.ami === undefined
      ? await newestOfFamily(cloud, wish, call)
      : await imageById(cloud, wish.ami, call)
  return readImage(image, wish)
}

async function newestOfFamily(cloud: Cloud, wish: ImageWish, call: Call): Promise<Image> {
  const id = await publishedId(cloud, wish, call)
  if (id !== undefined) return await imageById(cloud, id, call)
  const { publisher, names } = sources[wish.family]
  const region = await cloud.region()
  const question = { action: 'ec2:DescribeImages', about: `image ${wish.family}`, ...call }
  const { Images: images = [] } = await cloud.ec2(question, (ec2, options) =>
    ec2.send(
      new DescribeImagesCommand({
        Owners: [publisher(region)],
        Filters: [
          { Name: 'name', Values: [...names(wish.architecture)] },
          { Name: 'architecture', Values: [ec2Architecture(wish.architecture)] },
          { Name: 'state', Values: ['available'] },
        ],
      }),
      options,
    ),
  )
  const newest = images.toSorted((a, b) =>
    (a.CreationDate ?? '').localeCompare(b.CreationDate ?? ''),
  )
  const image = newest.at(-1)
  if (image !== undefined) return image
  throw new ProvisionError(
    'NOT_FOUND',
    `this region has no ${wish.architecture} image of ${wish.family}`,
    {
      hint: 'give --ami, or another --image or --region',
    },
  )
}

/** Undefined where the region has no such parameter, or the credentials may not read it. */
async function publishedId(cloud: Cloud, wish: ImageWish, call: Call): Promise<string | undefined> {
  const names = sources[wish.family].parameters(wish.architecture)
  if (names.length === 0) return undefined
  const question = { action: 'ssm:GetParameters', about: `image ${wish.family}`, ...call }
  try {
    const { Parameters: parameters = [] } = await cloud.ssm(question, (ssm, options) =>
      ssm.send(new GetParametersCommand({ Names: [...names] }), options),
    )
    const values = new Map(parameters.map(({ Name, Value }) => [Name, Value]))
    return names.map((name) => values.get(name)).find((value) => value !== undefined)
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND', 'ACCESS_DENIED')) return undefined
    throw error
  }
}

async function imageById(cloud: Cloud, id: string, call: Call): Promise<Image> {
  const question = { action: 'ec2:DescribeImages', about: `image ${id}`, ...call }
  try {
    const { Images: images } = await cloud.ec2(question, (ec2, options) =>
      ec2.send(new DescribeImagesCommand({ ImageIds: [id] }), options),
    )
    const [image] = images ?? []
    if (image !== undefined) return image
  } catch (error) {
    // Of an image that another account keeps to itself EC2 says what it says of wrong keys.
    if (!isAwsError(error, 'InvalidAMIID.NotFound', 'AuthFailure')) throw error
  }
  throw new ProvisionError('NOT_FOUND', `image ${id} does not exist for you in this region`, {
    hint: 'image ids differ between regions; leave --ami out to get the newest --image',
  })
}

function readImage(image: Image, wish: ImageWish): MachineImage {
  const id = image.ImageId ?? wish.ami ?? wish.family
  const rootDevice = image.RootDeviceName
  if (
    image.Architecture !== undefined &&
    image.Architecture !== ec2Architecture(wish.architecture)
  ) {
    throw new ProvisionError('BAD_OPTIONS', `image ${id} is for ${image.Architecture} only`, {
      hint: `give an image for ${wish.architecture}, or another --type`,
    })
  }
  if (rootDevice === undefined || (image.RootDeviceType ?? 'ebs') !== 'ebs') {
    throw new ProvisionError('BAD_OPTIONS', `image ${id} has no EBS root disk`, {
      hint: 'give the --ami of an image with an EBS root disk',
    })
  }
  if (image.State !== undefined && image.State !== 'available') {
    throw new ProvisionError('BAD_OPTIONS', `image ${id} is ${image.State}`, {
      hint: 'give another --ami, or none to get the newest --image',
    })
  }
  const disks = image.BlockDeviceMappings?.filter(({ Ebs }) => Ebs !== undefined) ?? []
  const root = disks.find(({ DeviceName }) => DeviceName === rootDevice)
  const otherDisks = disks
    .filter((disk) => disk !== root)
    .flatMap(({ DeviceName }) => DeviceName ?? [])
  const name = image.Name ?? id
  const size = root?.Ebs?.VolumeSize ?? 0
  return { id, name, rootDevice, size, otherDisks, format: formatOf(name, wish.family) }
}

/** Flatcar reads Ignition. One of an account's own, by its id, may bear any name: --image says it then. */
function formatOf(name: string, family: Family): BootstrapFormat {
  return family === 'flatcar' || name.startsWith('Flatcar-') ? 'ignition' : 'cloud-config'
}

function ubuntu(release: string, codename: string): ImageSource {
  return {
    parameters: (architecture) =>
      ['ebs-gp3', 'ebs-gp2'].map(
        (volume) =>
          `/aws/service/canonical/ubuntu/server/${release}/stable/current/${architecture}/hvm/${volume}/ami-id`,
      ),
    publisher: canonicalIn,
    names: (architecture) =>
      ['hvm-ssd-gp3', 'hvm-ssd'].map(
        (volume) =>
          `ubuntu/images/${volume}/ubuntu-${codename}-${release}-${architecture}-server-*`,
      ),
  }
}

function canonicalIn(region: string): string {
  if (region.startsWith('cn-')) return '837727238323'
  return region.startsWith('us-gov-') ? '513442679011' : '099720109477'
}

function debian(release: string): ImageSource {
  return {
    parameters: (architecture) => [`/aws/service/debian/release/${release}/latest/${architecture}`],
    publisher: () => '136693071363',
    names: (architecture) => [`debian-${release}-${architecture}-*`],
  }
}

function ec2Architecture(architecture: Architecture): string {
  return architecture === 'amd64' ? 'x86_64' : 'arm64'
}
