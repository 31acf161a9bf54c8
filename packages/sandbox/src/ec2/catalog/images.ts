import { fixedId } from '../ids.ts'
import type { Architecture, Image } from '../resources.ts'

/** A system as its publisher offers it: who, how images are called, and how SSM names the newest. */
interface Release {
  readonly ownerId: string
  readonly description: string
  readonly rootDevice: string
  readonly name: (architecture: Deb, build: string) => string
  /** Absent where the publisher has none. */
  readonly parameter?: (architecture: Deb) => string
}

/** Architectures in the words of Debian and Ubuntu. */
type Deb = 'amd64' | 'arm64'

const ubuntuReleases = [
  ['22.04', 'jammy', 'hvm-ssd'],
  ['24.04', 'noble', 'hvm-ssd-gp3'],
] as const

/** By the day they were built on. */
const flatcarVersions: Readonly<Record<string, string>> = {
  '20260610': '4459.2.4',
  '20260915': '4593.2.1',
}

const releases: readonly Release[] = [
  ...ubuntuReleases.map(
    ([version, codename, storage]): Release => ({
      ownerId: '099720109477',
      description: `Canonical, Ubuntu, ${version} LTS`,
      rootDevice: '/dev/sda1',
      name: (architecture, build) =>
        `ubuntu/images/${storage}/ubuntu-${codename}-${version}-${architecture}-server-${build}`,
      parameter: (architecture) =>
        `/aws/service/canonical/ubuntu/server/${version}/stable/current/${architecture}/hvm/ebs-gp3/ami-id`,
    }),
  ),
  ...['12', '13'].map(
    (version): Release => ({
      ownerId: '136693071363',
      description: `Debian ${version}`,
      rootDevice: '/dev/xvda',
      name: (architecture, build) => `debian-${version}-${architecture}-${build}-2245`,
      parameter: (architecture) => `/aws/service/debian/release/${version}/latest/${architecture}`,
    }),
  ),
  {
    ownerId: '075585003325',
    description: 'Flatcar Container Linux stable',
    rootDevice: '/dev/xvda',
    name: (architecture, build) =>
      `Flatcar-stable-${flatcarVersions[build] ?? build}${architecture === 'arm64' ? '-arm64' : ''}-hvm`,
  },
]

/** Older first; what SSM names is the newest. */
const builds = ['20260610', '20260915'] as const
const newest = '20260915'

/** Images that every account sees in this region. Their ids stay the same from run to run. */
export function imagesOf(region: string): ReadonlyMap<string, Image> {
  const images = releases.flatMap((release) =>
    architectures.flatMap((architecture) =>
      builds.map((build) => imageOf(release, architecture, { build, region })),
    ),
  )
  return new Map(images.map((image) => [image.id, image]))
}

/** What SSM says in this region, by parameter name. */
export function imageParametersOf(region: string): ReadonlyMap<string, string> {
  return new Map(
    releases.flatMap((release) => {
      const { parameter } = release
      if (parameter === undefined) return []
      return architectures.map((architecture): [string, string] => [
        parameter(architecture),
        imageOf(release, architecture, { build: newest, region }).id,
      ])
    }),
  )
}

const architectures: readonly Deb[] = ['amd64', 'arm64']
const machineNames: Readonly<Record<Deb, Architecture>> = { amd64: 'x86_64', arm64: 'arm64' }

function imageOf(
  release: Release,
  architecture: Deb,
  { build, region }: { build: string; region: string },
): Image {
  const name = release.name(architecture, build)
  const [year, month, day] = [build.slice(0, 4), build.slice(4, 6), build.slice(6, 8)]
  return {
    id: fixedId('ami', region, name),
    name,
    description: `${release.description}, ${architecture} image built on ${year}-${month}-${day}`,
    ownerId: release.ownerId,
    architecture: machineNames[architecture],
    createdAt: new Date(`${year}-${month}-${day}T06:12:43Z`),
    rootDevice: release.rootDevice,
    snapshotId: fixedId('snap', region, name),
    rootSize: 8,
  }
}
