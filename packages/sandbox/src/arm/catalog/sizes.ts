export type Architecture = 'x64' | 'Arm64'

/** A size of virtual machines. */
export interface Size {
  readonly name: string
  /** The quota that its cores count against. */
  readonly family: string
  readonly cores: number
  readonly memoryGb: number
  readonly architecture: Architecture
  readonly generations: readonly ('V1' | 'V2')[]
  readonly hasPremiumDisks: boolean
  readonly maxDataDisks: number
  readonly maxInterfaces: number
  /** Where this subscription may not use it: everywhere in a location, or in some zones. */
  readonly restrictions: readonly Restriction[]
  /** Locations that do not have it at all. */
  readonly absentFrom: readonly string[]
}

export interface Restriction {
  readonly location: string
  /** Of the whole location where absent. */
  readonly zones?: readonly string[]
  readonly reason: 'NotAvailableForSubscription' | 'QuotaId'
}

type Facts = readonly [name: string, family: string, cores: number, memoryGb: number]

const both = ['V1', 'V2'] as const

function size([name, family, cores, memoryGb]: Facts, others: Partial<Size> = {}): Size {
  return {
    name: `Standard_${name}`,
    family,
    cores,
    memoryGb,
    architecture: 'x64',
    generations: both,
    hasPremiumDisks: true,
    maxDataDisks: cores * 2,
    maxInterfaces: 2,
    restrictions: [],
    absentFrom: [],
    ...others,
  }
}

/** A few of Azure's, with their real numbers; restrictions are made up. */
export const sizes: readonly Size[] = [
  size(['B1s', 'standardBSFamily', 1, 1]),
  size(['B2s', 'standardBSFamily', 2, 4]),
  size(['B2ms', 'standardBSFamily', 2, 8]),
  size(['B4ms', 'standardBSFamily', 4, 16]),
  size(['B2ats_v2', 'standardBasv2Family', 2, 1]),
  size(['B2as_v2', 'standardBasv2Family', 2, 8]),
  size(['B2pts_v2', 'standardBpsv2Family', 2, 1], { architecture: 'Arm64', generations: ['V2'] }),
  size(['D2s_v3', 'standardDSv3Family', 2, 8]),
  size(['D2s_v5', 'standardDSv5Family', 2, 8]),
  size(['D4s_v5', 'standardDSv5Family', 4, 16], {
    restrictions: [{ location: 'westeurope', zones: ['3'], reason: 'NotAvailableForSubscription' }],
  }),
  size(['D2as_v5', 'standardDASv5Family', 2, 8]),
  size(['D2ps_v5', 'standardDPSv5Family', 2, 8], { architecture: 'Arm64', generations: ['V2'] }),
  size(['D2s_v6', 'standardDsv6Family', 2, 8], { generations: ['V2'], absentFrom: ['westus'] }),
  size(['F2s_v2', 'standardFSv2Family', 2, 4]),
  size(['E2s_v5', 'standardESv5Family', 2, 16]),
  size(['A1_v2', 'standardAv2Family', 1, 2], { generations: ['V1'], hasPremiumDisks: false }),
  size(['D2_v2', 'standardDv2Family', 2, 7], {
    generations: ['V1'],
    hasPremiumDisks: false,
    restrictions: [{ location: 'westeurope', reason: 'NotAvailableForSubscription' }],
  }),
]

export function findSize(name: string): Size | undefined {
  return sizes.find((one) => one.name.toLowerCase() === name.toLowerCase())
}

/** Whether this subscription may have such a machine there, capacity aside. */
export function isOffered(one: Size, location: string, zone: string | undefined): boolean {
  if (one.absentFrom.includes(location)) return false
  return !one.restrictions.some(
    (limit) =>
      limit.location === location &&
      (limit.zones === undefined || (zone !== undefined && limit.zones.includes(zone))),
  )
}
