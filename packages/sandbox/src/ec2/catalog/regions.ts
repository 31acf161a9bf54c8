import type { AvailabilityZone } from '../resources.ts'

/**
 * Regions of this simulated account with all their zones. Letters mean other places in each account;
 * these are in the order of one real account.
 */
const zoneIds: Readonly<Record<string, readonly string[]>> = {
  'eu-central-1': ['euc1-az2', 'euc1-az3', 'euc1-az1'],
  'eu-west-1': ['euw1-az3', 'euw1-az1', 'euw1-az2'],
  'us-east-1': ['use1-az4', 'use1-az6', 'use1-az1', 'use1-az2', 'use1-az3', 'use1-az5'],
}

export const regionNames: readonly string[] = Object.keys(zoneIds)

export function zonesOf(region: string): readonly AvailabilityZone[] {
  return (zoneIds[region] ?? []).map((id, index) => ({
    name: `${region}${'abcdef'.charAt(index)}`,
    id,
  }))
}

/** A VPC that is there from the start. */
export interface SeedNetwork {
  readonly cidr: string
  readonly isDefault?: boolean
  readonly subnets: readonly {
    readonly zone: string
    readonly cidr: string
    readonly givesPublicAddress?: boolean
  }[]
  readonly tags?: Readonly<Record<string, string>>
}

/** What an account has in a region: its default VPC, and in one region another one besides. */
export function networksOf(region: string): readonly SeedNetwork[] {
  const zones = zonesOf(region)
  const standard: SeedNetwork = {
    cidr: '172.31.0.0/16',
    isDefault: true,
    subnets: zones.map(({ name }, index) => ({
      zone: name,
      cidr: `172.31.${index * 16}.0/20`,
      givesPublicAddress: true,
    })),
  }
  if (region !== 'eu-west-1') return [standard]
  const own: SeedNetwork = {
    cidr: '10.20.0.0/16',
    subnets: zones.slice(0, 2).map(({ name }, index) => ({
      zone: name,
      cidr: `10.20.${index}.0/24`,
    })),
    tags: { Name: 'internal' },
  }
  return [standard, own]
}
