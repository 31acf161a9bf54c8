import { regions } from './regions.ts'

/** An image of DigitalOcean's own; the type that it gives those is `snapshot`. */
export interface Image {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly distribution: string
  readonly kind: 'distribution' | 'application'
  readonly createdAt: string
  /** GiB of disk below which a size is too small for it. */
  readonly minDiskSize: number
  readonly sizeGigabytes: number
  readonly regions: readonly string[]
  readonly status: 'available' | 'retired'
}

const everywhere = regions.map(({ slug }) => slug)
const common = {
  kind: 'distribution',
  createdAt: '2026-09-22T16:30:55Z',
  regions: everywhere,
  status: 'available',
} as const

export const images: readonly Image[] = [
  {
    ...common,
    id: 195_932_981,
    slug: 'ubuntu-24-04-x64',
    name: '24.04 (LTS) x64',
    distribution: 'Ubuntu',
    minDiskSize: 7,
    sizeGigabytes: 0.66,
  },
  {
    ...common,
    id: 195_932_845,
    slug: 'ubuntu-22-04-x64',
    name: '22.04 (LTS) x64',
    distribution: 'Ubuntu',
    minDiskSize: 7,
    sizeGigabytes: 0.61,
  },
  {
    ...common,
    id: 201_220_417,
    slug: 'debian-13-x64',
    name: '13 x64',
    distribution: 'Debian',
    minDiskSize: 7,
    sizeGigabytes: 0.72,
  },
  {
    ...common,
    id: 195_933_102,
    slug: 'debian-12-x64',
    name: '12 x64',
    distribution: 'Debian',
    minDiskSize: 7,
    sizeGigabytes: 0.64,
  },
  {
    ...common,
    id: 199_014_220,
    slug: 'rockylinux-9-x64',
    name: '9 x64',
    distribution: 'Rocky Linux',
    minDiskSize: 10,
    sizeGigabytes: 1.91,
  },
  {
    ...common,
    id: 200_771_345,
    slug: 'docker-20-04',
    name: 'Docker on Ubuntu 22.04',
    distribution: 'Ubuntu',
    kind: 'application',
    minDiskSize: 25,
    sizeGigabytes: 2.11,
  },
]

/** Private images go by their number only; these are all public, so both will do. */
export function findImage(idOrSlug: string | number): Image | undefined {
  return images.find(({ id, slug }) => slug === idOrSlug || String(id) === String(idOrSlug))
}
