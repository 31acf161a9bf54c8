/** A size of server, with the disk that is in its price. */
export interface Plan {
  readonly name: string
  readonly cores: number
  /** MiB. */
  readonly memory: number
  /** GiB. */
  readonly disk: number
  readonly tier: 'maxiops' | 'standard'
  /** GB each month. */
  readonly traffic: number
  readonly family: 'general_purpose' | 'developer' | 'cloud_native'
  /** Cents an hour. */
  readonly price: number
}

type Row = readonly [
  name: string,
  cores: number,
  memory: number,
  disk: number,
  traffic: number,
  price: number,
]

/** Sizes as recorded from the API, prices as its list has them. */
const general: readonly Row[] = [
  ['1xCPU-1GB', 1, 1024, 25, 1024, 1.0417],
  ['1xCPU-2GB', 1, 2048, 50, 2048, 1.9345],
  ['2xCPU-4GB', 2, 4096, 80, 4096, 3.869],
  ['4xCPU-8GB', 4, 8192, 160, 5120, 7.7381],
  ['6xCPU-16GB', 6, 16_384, 320, 6144, 15.4762],
  ['8xCPU-32GB', 8, 32_768, 640, 7168, 30.9524],
  ['12xCPU-48GB', 12, 49_152, 960, 9216, 46.4286],
  ['16xCPU-64GB', 16, 65_536, 1280, 10_240, 61.9048],
  ['20xCPU-96GB', 20, 98_304, 1920, 12_288, 92.8571],
  ['20xCPU-128GB', 20, 131_072, 2048, 24_576, 116.0714],
]
const developer: readonly Row[] = [
  ['DEV-1xCPU-1GB-10GB', 1, 1024, 10, 1024, 0.4464],
  ['DEV-1xCPU-1GB', 1, 1024, 20, 1024, 0.744],
  ['DEV-1xCPU-2GB', 1, 2048, 30, 1024, 1.1905],
  ['DEV-2xCPU-4GB', 2, 4096, 60, 1024, 2.2321],
]
/** Without a disk of their own: each GiB is charged. */
const cloudNative: readonly Row[] = [
  ['CLOUDNATIVE-1xCPU-4GB', 1, 4096, 0, 0, 1.0417],
  ['CLOUDNATIVE-2xCPU-8GB', 2, 8192, 0, 0, 2.0833],
]

export const plans: readonly Plan[] = [
  ...general.map((row) => planOf(row, 'general_purpose')),
  ...developer.map((row) => planOf(row, 'developer')),
  ...cloudNative.map((row) => planOf(row, 'cloud_native')),
]

function planOf([name, cores, memory, disk, traffic, price]: Row, family: Plan['family']): Plan {
  const tier = family === 'developer' ? 'standard' : 'maxiops'
  return { name, cores, memory, disk, tier, traffic, family, price }
}

export function findPlan(name: string): Plan | undefined {
  return plans.find((plan) => plan.name === name)
}

/** What a server has whose plan is `custom`, where its cores and memory are not given. */
export const customPlan: Plan = {
  name: 'custom',
  cores: 1,
  memory: 1024,
  disk: 0,
  tier: 'maxiops',
  traffic: 0,
  family: 'general_purpose',
  price: 1.5,
}
