import type { Sandbox } from '@kontena/sandbox'

/** What a test looks at behind a provider's back. */
export interface CloudView {
  /** The provider's word. */
  readonly provider: 'aws' | 'azure' | 'digitalocean' | 'upcloud'
  /** As people know it. */
  readonly title: string
  /** The variable that points its commands at an endpoint. */
  readonly endpoint: string
  /** Words with which all machines of an order are made by one call, where the cloud has such calls. */
  readonly inOneZone: readonly string[]
  /** Machines that cost money, as node records name them. */
  machines(sandbox: Sandbox): readonly string[]
  /** Whether machines are being made or taken away. */
  isBusy(sandbox: Sandbox): boolean
  /** What came with a machine and is no machine's now: names, each with its kind. */
  loose(sandbox: Sandbox): readonly string[]
  /** What a grid's machines share. */
  shared(sandbox: Sandbox): readonly string[]
}

const own = 'kontena-'

const aws: CloudView = {
  provider: 'aws',
  title: 'AWS',
  endpoint: 'AWS_ENDPOINT_URL_EC2',
  inOneZone: ['--zone', 'eu-west-1a'],
  machines: ({ ec2 }) =>
    ec2
      .instances()
      .filter(({ state }) => state !== 'terminated' && state !== 'shutting-down')
      .map(({ id }) => id),
  isBusy: ({ ec2 }) =>
    ec2.instances().some(({ state }) => state === 'pending' || state === 'shutting-down'),
  loose: ({ ec2 }) =>
    ec2
      .volumes()
      .filter(({ instanceId }) => instanceId === undefined)
      .map(({ id }) => `volume ${id}`),
  shared: ({ ec2 }) => [
    ...named('security group', ec2.securityGroups()).filter((name) => name.includes(own)),
    ...named('key pair', ec2.keyPairs()),
  ],
}

const digitalocean: CloudView = {
  provider: 'digitalocean',
  title: 'DigitalOcean',
  endpoint: 'DIGITALOCEAN_API_URL',
  inOneZone: [],
  machines: ({ digitalocean: { droplets } }) => droplets().map(({ id }) => id),
  isBusy: ({ digitalocean: { droplets } }) => droplets().some(({ event }) => event !== undefined),
  loose: () => [],
  shared: ({ digitalocean: { vpcs, keys, tags, firewalls } }) => [
    ...named('VPC', vpcs()).filter((name) => name.includes(own)),
    ...named('key', keys()),
    // A tag of the user's own may mean something to a firewall, and stays.
    ...tags().flatMap((tag) => (tag.startsWith('kontena:') ? `tag ${tag}` : [])),
    ...named('firewall', firewalls()),
  ],
}

const upcloud: CloudView = {
  provider: 'upcloud',
  title: 'UpCloud',
  endpoint: 'UPCLOUD_DEBUG_API_BASE_URL',
  inOneZone: [],
  machines: ({ upcloud: { servers } }) => servers().map(({ uuid }) => uuid),
  isBusy: ({ upcloud: { servers } }) => servers().some(({ state }) => state === 'maintenance'),
  loose: ({ upcloud: { storages } }) =>
    named(
      'storage',
      storages().flatMap(({ title, serverId }) => (serverId === undefined ? { name: title } : [])),
    ),
  shared: ({ upcloud: { networks } }) => named('network', networks()),
}

const azure: CloudView = {
  provider: 'azure',
  title: 'Azure',
  endpoint: 'AZURE_RESOURCE_MANAGER_ENDPOINT',
  inOneZone: ['--zone', '1'],
  machines: ({ azure: { virtualMachines } }) =>
    virtualMachines().map(({ group, name }) => `${group}/${name}`.toLowerCase()),
  isBusy: ({ azure: { virtualMachines, deployments } }) =>
    virtualMachines().some(({ state }) => state !== 'Succeeded') ||
    deployments().some(({ state }) => state === 'Running'),
  loose: ({ azure: { networkInterfaces, disks, publicAddresses } }) => [
    ...named(
      'interface',
      networkInterfaces().filter(({ machineId }) => machineId === undefined),
    ),
    ...named(
      'disk',
      disks().filter(({ machineId }) => machineId === undefined),
    ),
    ...named(
      'address',
      publicAddresses().filter(({ holderId }) => holderId === undefined),
    ),
  ],
  shared: ({ azure: cloud }) => [
    ...named('application security group', cloud.applicationGroups()),
    ...named('network security group', cloud.securityGroups()),
    ...named('virtual network', cloud.virtualNetworks()),
    ...named('deployment', cloud.deployments()),
    ...named('resource group', cloud.resourceGroups()),
  ],
}

export const cloudViews = { aws, azure, digitalocean, upcloud } as const

function named(kind: string, things: readonly { readonly name: string }[]): readonly string[] {
  return things.map(({ name }) => `${kind} ${name}`)
}
