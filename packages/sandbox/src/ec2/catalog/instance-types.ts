import type { Architecture, InstanceType } from '../resources.ts'

interface Family {
  readonly name: string
  readonly architecture: Architecture
  readonly threadsPerCore: number
  readonly isBurstable: boolean
}

const t3: Family = { name: 't3', architecture: 'x86_64', threadsPerCore: 2, isBurstable: true }
const t4g: Family = { name: 't4g', architecture: 'arm64', threadsPerCore: 1, isBurstable: true }
const m7i: Family = { name: 'm7i', architecture: 'x86_64', threadsPerCore: 2, isBurstable: false }

type Size = readonly [name: string, virtualCpus: number, memoryGib: number]

/** As AWS lists them. */
const burstableSizes: readonly Size[] = [
  ['nano', 2, 0.5],
  ['micro', 2, 1],
  ['small', 2, 2],
  ['medium', 2, 4],
  ['large', 2, 8],
  ['xlarge', 4, 16],
  ['2xlarge', 8, 32],
]
const generalSizes: readonly Size[] = [
  ['large', 2, 8],
  ['xlarge', 4, 16],
  ['2xlarge', 8, 32],
  ['4xlarge', 16, 64],
]

export const instanceTypes: ReadonlyMap<string, InstanceType> = new Map(
  [
    ...burstableSizes.map((size) => typeOf(t3, size)),
    ...burstableSizes.map((size) => typeOf(t4g, size)),
    ...generalSizes.map((size) => typeOf(m7i, size)),
  ].map((type) => [type.name, type]),
)

/** Types that a zone lacks; `us-east-1e` is old in the real world too. */
const notOffered: Readonly<Record<string, RegExp>> = {
  'eu-west-1c': /^m7i\.large$/,
  'us-east-1e': /^(m7i|t4g)\./,
}

export function isOffered(type: string, zone: string): boolean {
  return !(notOffered[zone]?.test(type) ?? false)
}

function typeOf(family: Family, [size, virtualCpus, memoryGib]: Size): InstanceType {
  return {
    name: `${family.name}.${size}`,
    architecture: family.architecture,
    virtualCpus,
    threadsPerCore: family.threadsPerCore,
    memoryMib: memoryGib * 1024,
    isBurstable: family.isBurstable,
  }
}
