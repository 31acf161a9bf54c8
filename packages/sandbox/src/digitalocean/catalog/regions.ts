/** A place where DigitalOcean has machines; there are no zones in it. */
export interface Region {
  readonly slug: string
  readonly name: string
  /** Range of the VPC that the account has there from the start; none until the first is made where absent. */
  readonly defaultRange: string | undefined
}

/** As `GET /v2/regions` names them; the ranges are those that accounts usually get. */
export const regions: readonly Region[] = [
  { slug: 'ams3', name: 'Amsterdam 3', defaultRange: '10.110.0.0/20' },
  { slug: 'fra1', name: 'Frankfurt 1', defaultRange: '10.114.0.0/20' },
  { slug: 'lon1', name: 'London 1', defaultRange: '10.106.0.0/20' },
  { slug: 'nyc1', name: 'New York 1', defaultRange: '10.116.0.0/20' },
  { slug: 'nyc3', name: 'New York 3', defaultRange: '10.108.0.0/20' },
  { slug: 'sfo3', name: 'San Francisco 3', defaultRange: '10.124.0.0/20' },
  { slug: 'sgp1', name: 'Singapore 1', defaultRange: '10.104.0.0/20' },
  { slug: 'tor1', name: 'Toronto 1', defaultRange: undefined },
  { slug: 'blr1', name: 'Bangalore 1', defaultRange: undefined },
  { slug: 'syd1', name: 'Sydney 1', defaultRange: undefined },
]

export const features = [
  'backups',
  'ipv6',
  'metadata',
  'install_agent',
  'storage',
  'image_transfer',
] as const

export function findRegion(slug: string): Region | undefined {
  return regions.find((region) => region.slug === slug)
}
