import { imagesOf } from './catalog/images.ts'
import { networksOf, type SeedNetwork, zonesOf } from './catalog/regions.ts'
import { fixedId, newId } from './ids.ts'
import type {
  AvailabilityZone,
  GroupRule,
  Image,
  Instance,
  KeyPair,
  NetworkInterface,
  SecurityGroup,
  Subnet,
  Tags,
  Volume,
  Vpc,
} from './resources.ts'

/** Everything one account has in one region. */
export interface Region {
  readonly name: string
  readonly zones: readonly AvailabilityZone[]
  readonly vpcs: ReadonlyMap<string, Vpc>
  readonly subnets: ReadonlyMap<string, Subnet>
  readonly images: ReadonlyMap<string, Image>
  readonly groups: Map<string, SecurityGroup>
  /** By name, which is unique in a region. */
  readonly keyPairs: Map<string, KeyPair>
  readonly instances: Map<string, Instance>
  readonly volumes: Map<string, Volume>
  readonly interfaces: Map<string, NetworkInterface>
  /** By id of whatever they are on. */
  readonly tags: Map<string, Tags>
  /** RunInstances calls that named a client token. */
  readonly launches: Map<string, { readonly parameters: string; readonly reservationId: string }>
}

export function openRegion(
  name: string,
  networks: readonly SeedNetwork[] = networksOf(name),
): Region {
  const zones = zonesOf(name)
  const region: Region & { vpcs: Map<string, Vpc>; subnets: Map<string, Subnet> } = {
    name,
    zones,
    vpcs: new Map(),
    subnets: new Map(),
    images: imagesOf(name),
    groups: new Map(),
    keyPairs: new Map(),
    instances: new Map(),
    volumes: new Map(),
    interfaces: new Map(),
    tags: new Map(),
    launches: new Map(),
  }
  for (const network of networks) {
    const vpc: Vpc = {
      id: fixedId('vpc', name, network.cidr),
      cidr: network.cidr,
      isDefault: network.isDefault ?? false,
    }
    region.vpcs.set(vpc.id, vpc)
    setTags(region, vpc.id, Object.entries(network.tags ?? {}))
    for (const subnet of subnetsOf(region, vpc, network)) region.subnets.set(subnet.id, subnet)
    addGroup(region, {
      id: fixedId('sg', name, network.cidr),
      name: 'default',
      description: 'default VPC security group',
      vpc,
    })
  }
  return region
}

function subnetsOf(region: Region, vpc: Vpc, network: SeedNetwork): readonly Subnet[] {
  return network.subnets.map(({ zone: zoneName, cidr, givesPublicAddress = false }) => {
    const zone = region.zones.find((candidate) => candidate.name === zoneName)
    if (zone === undefined) throw new Error(`${region.name} has no zone ${zoneName}`)
    return {
      id: fixedId('subnet', region.name, cidr),
      vpc,
      zone,
      cidr,
      isDefault: vpc.isDefault,
      givesPublicAddress,
      taken: new Set<string>(),
    }
  })
}

/** Makes a group with the rule every new one has: everything may go out. */
export function addGroup(region: Region, group: Omit<SecurityGroup, 'rules'>): SecurityGroup {
  const everything: GroupRule = {
    id: newId('sgr'),
    groupId: group.id,
    isEgress: true,
    protocol: '-1',
    ports: undefined,
    source: { kind: 'ipv4', cidr: '0.0.0.0/0' },
    description: undefined,
  }
  const made = { ...group, rules: new Map([[everything.id, everything]]) }
  region.groups.set(made.id, made)
  return made
}

const noTags: ReadonlyMap<string, string> = new Map()

export function tagsOf(region: Region, id: string): ReadonlyMap<string, string> {
  return region.tags.get(id) ?? noTags
}

export function setTags(
  region: Region,
  id: string,
  entries: Iterable<readonly [string, string]>,
): void {
  const tags = region.tags.get(id) ?? new Map<string, string>()
  for (const [key, value] of entries) tags.set(key, value)
  if (tags.size > 0) region.tags.set(id, tags)
}

export function defaultVpc(region: Region): Vpc | undefined {
  return [...region.vpcs.values()].find((vpc) => vpc.isDefault)
}
