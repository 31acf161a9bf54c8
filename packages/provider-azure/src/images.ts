import { type BootstrapFormat, type Call, isFailure, ProvisionError } from '@kontena/core'
import type { Cloud } from './clients.ts'
import type { AzureMachineOptions } from './options.ts'
import type { Architecture, Generation, Size } from './sizes.ts'

/** An image as a machine is made of it. */
export interface MachineImage {
  readonly publisher: string
  readonly offer: string
  readonly sku: string
  readonly version: string
  /** Terms under which some publishers sell; a machine has to name them. */
  readonly plan: { name: string; publisher: string; product: string } | undefined
  /** What it reads at boot. */
  readonly format: BootstrapFormat
}

type Family = AzureMachineOptions['image']
type Urn = Pick<MachineImage, 'publisher' | 'offer' | 'sku' | 'version'>

/** An image's SKUs by generation and architecture; a publisher may have an offer of its own for arm64. */
interface Source extends Pick<Urn, 'publisher' | 'offer'>, Record<'V1' | 'V2' | 'arm64', string> {
  readonly arm64Offer?: string
}

/**
 * As Canonical and Debian publish them, and Flatcar: of its offers with the same images, those that have
 * no terms to accept ("CoreVM" and "ARM64" in "Running Flatcar Container Linux on Microsoft Azure").
 */
const families: Readonly<Record<Family, Source>> = {
  'ubuntu-24.04': {
    publisher: 'Canonical',
    offer: 'ubuntu-24_04-lts',
    V1: 'server-gen1',
    V2: 'server',
    arm64: 'server-arm64',
  },
  'debian-12': {
    publisher: 'Debian',
    offer: 'debian-12',
    V1: '12',
    V2: '12-gen2',
    arm64: '12-arm64',
  },
  'debian-13': {
    publisher: 'Debian',
    offer: 'debian-13',
    V1: '13',
    V2: '13-gen2',
    arm64: '13-arm64',
  },
  flatcar: {
    publisher: 'kinvolk',
    offer: 'flatcar-container-linux-corevm-amd64',
    V1: 'stable',
    V2: 'stable-gen2',
    arm64: 'stable',
    arm64Offer: 'flatcar-container-linux-corevm',
  },
}

/** The image of an order for a size, with its newest version where none is named. */
export async function findImage(
  cloud: Cloud,
  wish: { location: string; size: Size; options: AzureMachineOptions },
  call: Call,
): Promise<MachineImage> {
  const { location, size, options } = wish
  const urn =
    options.imageUrn === undefined ? urnOf(options.image, size) : parseUrn(options.imageUrn)
  const version =
    urn.version === 'latest' ? await newestVersion(cloud, { urn, location }, call) : urn.version
  const about = `image ${describeImage({ ...urn, version })}`
  const question = { action: imageRight, about, ...call }
  const found = await cloud
    .compute(question, ({ virtualMachineImages }) =>
      virtualMachineImages.get(location, urn.publisher, urn.offer, urn.sku, version),
    )
    .catch((error: unknown) => {
      throw isFailure(error, 'NOT_FOUND', 'BAD_OPTIONS')
        ? unknownImage(urn, location, error)
        : error
    })
  requireFit(
    { urn, size },
    { generation: found.hyperVGeneration, architecture: found.architecture },
  )
  const { plan } = found
  return {
    ...urn,
    version,
    plan: plan && { name: plan.name, publisher: plan.publisher, product: plan.product },
    format: isFlatcar(urn) ? 'ignition' : 'cloud-config',
  }
}

/** All that its publisher offers is Flatcar. */
function isFlatcar({ publisher }: Urn): boolean {
  return publisher.toLowerCase() === families.flatcar.publisher
}

/** As `az` writes it. */
export function describeImage({ publisher, offer, sku, version }: Urn): string {
  return [publisher, offer, sku, version].join(':')
}

/** The command with which a subscription accepts the terms of an image that has some. */
export function acceptTerms(urn: Urn): string {
  return `az vm image terms accept --urn ${describeImage(urn)}`
}

const imageRight = 'Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read'

function urnOf(family: Family, size: Size): Urn {
  const { publisher, offer, arm64Offer = offer, ...skus } = families[family]
  if (size.architecture === 'arm64') {
    return { publisher, offer: arm64Offer, sku: skus.arm64, version: 'latest' }
  }
  const generation: Generation = size.generations.includes('V2') ? 'V2' : 'V1'
  return { publisher, offer, sku: skus[generation], version: 'latest' }
}

function parseUrn(text: string): Urn {
  const [publisher = '', offer = '', sku = '', version = 'latest'] = text.split(':')
  return { publisher, offer, sku, version }
}

async function newestVersion(
  cloud: Cloud,
  { urn, location }: { urn: Urn; location: string },
  call: Call,
): Promise<string> {
  const about = `the versions of image ${describeImage(urn)}`
  try {
    const found = await cloud.compute(
      { action: imageRight, about, ...call },
      ({ virtualMachineImages }) =>
        virtualMachineImages.list(location, urn.publisher, urn.offer, urn.sku, {
          top: 1,
          orderby: 'name desc',
        }),
    )
    const newest = found
      .map(({ name }) => name)
      .toSorted(byVersion)
      .at(-1)
    if (newest !== undefined) return newest
  } catch (error) {
    if (!isFailure(error, 'NOT_FOUND', 'BAD_OPTIONS')) throw error
    throw unknownImage(urn, location, error)
  }
  throw unknownImage(urn, location)
}

function unknownImage(urn: Urn, location: string, cause?: unknown): ProvisionError {
  const { publisher, offer, sku } = urn
  return new ProvisionError(
    'NOT_FOUND',
    `image ${describeImage(urn)} does not exist in ${location}`,
    {
      hint: `see what there is with az vm image list --all --location ${location} --publisher ${publisher} --offer ${offer} --sku ${sku}`,
      cause,
    },
  )
}

/** Versions are numbers with dots, of which each part counts. */
function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function requireFit(
  { urn, size }: { urn: Urn; size: Size },
  image: { generation: string | undefined; architecture: string | undefined },
): void {
  const generation = image.generation ?? 'V1'
  const architecture: Architecture =
    image.architecture?.toLowerCase() === 'arm64' ? 'arm64' : 'amd64'
  const name = describeImage(urn)
  if (architecture !== size.architecture) {
    throw new ProvisionError(
      'BAD_OPTIONS',
      `image ${name} is for ${architecture}, size ${size.name} is ${size.architecture}`,
      { hint: `use another --size, or an image for ${size.architecture}` },
    )
  }
  if (size.generations.some((one) => one === generation)) return
  throw new ProvisionError(
    'BAD_OPTIONS',
    `image ${name} is of generation ${generation}, which size ${size.name} does not run`,
    { hint: `use another --size, or an image of generation ${size.generations.join(' or ')}` },
  )
}
