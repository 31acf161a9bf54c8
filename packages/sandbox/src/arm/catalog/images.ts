import type { Architecture } from './sizes.ts'

/** One version of a marketplace image. */
export interface Image {
  readonly publisher: string
  readonly offer: string
  readonly sku: string
  readonly version: string
  readonly generation: 'V1' | 'V2'
  readonly architecture: Architecture
  readonly diskGb: number
  /** Sold under terms, which a machine has to name as its plan. */
  readonly hasTerms: boolean
}

type Sku = readonly [
  urn: string,
  generation: Image['generation'],
  architecture?: Architecture,
  diskGb?: number,
]

const ubuntuVersions = ['24.04.202609170', '24.04.202610280', '24.04.202611120']
const debianVersions = ['0.20260914.2232', '0.20261109.2288']
const flatcarVersions = ['4230.2.3', '4459.2.0']

/** Offers that have terms. */
const offersWithTerms: readonly string[] = ['flatcar-container-linux-free']

const skus: readonly { readonly skus: readonly Sku[]; readonly versions: readonly string[] }[] = [
  {
    skus: [
      ['Canonical:ubuntu-24_04-lts:server', 'V2'],
      ['Canonical:ubuntu-24_04-lts:server-gen1', 'V1'],
      ['Canonical:ubuntu-24_04-lts:server-arm64', 'V2', 'Arm64'],
      ['Canonical:ubuntu-24_04-lts:minimal', 'V2'],
      ['Canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2', 'V2'],
    ],
    versions: ubuntuVersions,
  },
  {
    skus: [
      ['Debian:debian-12:12', 'V1'],
      ['Debian:debian-12:12-gen2', 'V2'],
      ['Debian:debian-12:12-arm64', 'V2', 'Arm64'],
      ['Debian:debian-13:13', 'V1'],
      ['Debian:debian-13:13-gen2', 'V2'],
      ['Debian:debian-13:13-arm64', 'V2', 'Arm64'],
    ],
    versions: debianVersions,
  },
  {
    skus: [
      ['kinvolk:flatcar-container-linux-corevm-amd64:stable', 'V1'],
      ['kinvolk:flatcar-container-linux-corevm-amd64:stable-gen2', 'V2'],
      ['kinvolk:flatcar-container-linux-corevm:stable', 'V2', 'Arm64'],
      ['kinvolk:flatcar-container-linux-free:stable-gen2', 'V2'],
    ],
    versions: flatcarVersions,
  },
]

/** What of the marketplace is here; the order of versions is that of their release. */
export const images: readonly Image[] = skus.flatMap(({ skus: list, versions }) =>
  list.flatMap(([urn, generation, architecture = 'x64', diskGb = 30]) => {
    const [publisher = '', offer = '', sku = ''] = urn.split(':')
    return versions.map((version) => ({
      publisher,
      offer,
      sku,
      version,
      generation,
      architecture,
      diskGb,
      hasTerms: offersWithTerms.includes(offer),
    }))
  }),
)

export interface ImageQuery {
  readonly publisher: string
  readonly offer?: string | undefined
  readonly sku?: string | undefined
}

/** Names are compared without regard to case. */
export function imagesOf({ publisher, offer, sku }: ImageQuery): readonly Image[] {
  return images.filter(
    (image) =>
      isSame(image.publisher, publisher) &&
      (offer === undefined || isSame(image.offer, offer)) &&
      (sku === undefined || isSame(image.sku, sku)),
  )
}

/** Undefined where there is none; `latest` is the newest. */
export function findImage(query: Required<ImageQuery>, version: string): Image | undefined {
  const found = imagesOf(query)
  if (version.toLowerCase() === 'latest') return found.at(-1)
  return found.find((image) => image.version === version)
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
