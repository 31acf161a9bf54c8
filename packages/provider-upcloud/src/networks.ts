import { type Call, hintNearest, type Owner, ProvisionError, unlessGone } from '@kontena/core'
import type { Network } from '@kontena/upcloud-api'
import type { Cloud } from './clients.ts'
import { hasLabels, labelKeys, ownershipLabels } from './labels.ts'
import { freeRange } from './ranges.ts'

/** A network that machines can use, as far as the kernel needs to know it. */
export interface PrivateNetwork {
  readonly uuid: string
  readonly name: string
  /** IPv4 ranges in which machines get their addresses. */
  readonly ranges: readonly string[]
}

/** Name of a grid's own network in a zone; its labels, and not this, say whose it is. */
export function networkName({ master, grid }: Owner, zone: string): string {
  return `kontena-${grid}-${master.slice(0, 8)}-${zone}`
}

export async function listNetworks(cloud: Cloud, call: Call): Promise<readonly Network[]> {
  return await cloud.ask({ doing: 'list', about: 'the networks', ...call }, (client, options) =>
    client.networks.list({}, options),
  )
}

/**
 * The grid's own networks in this zone, the one that machines get first: one that has machines already,
 * else the oldest. There is one, unless two commands made it at the same time.
 */
export function ownNetworks(
  networks: readonly Network[],
  owner: Owner,
  zone: string,
): readonly Network[] {
  const wanted = ownershipLabels(owner)
  return privateNetworks(networks, zone)
    .filter(({ labels }) => hasLabels(labels, wanted))
    .toSorted(
      (a, b) =>
        Number(b.servers.length > 0) - Number(a.servers.length > 0) ||
        madeAt(a) - madeAt(b) ||
        a.uuid.localeCompare(b.uuid),
    )
}

function madeAt({ labels }: Network): number {
  return Number(labels[labelKeys.made] ?? Number.POSITIVE_INFINITY)
}

export function privateNetworks(networks: readonly Network[], zone: string): readonly Network[] {
  return networks.filter((network) => network.type === 'private' && network.zone === zone)
}

/** The user's own network, by uuid or name. Throws `NOT_FOUND` or `BAD_OPTIONS`. */
export function findGivenNetwork(
  networks: readonly Network[],
  given: string,
  zone: string,
): PrivateNetwork {
  const here = privateNetworks(networks, zone)
  const matches = here.filter(({ uuid, name }) => uuid === given || name === given)
  const [network] = matches
  if (network === undefined) {
    throw new ProvisionError('NOT_FOUND', `network ${given} does not exist in zone ${zone}`, {
      hint: hintNearest(
        'private network',
        given,
        here.map(({ name }) => name),
      ),
    })
  }
  if (matches.length > 1) {
    throw new ProvisionError('BAD_OPTIONS', `${matches.length} networks are named ${given}`, {
      hint: `name one by its uuid: ${matches.map(({ uuid }) => uuid).join(', ')}`,
    })
  }
  const usable = network.ipNetworks.some(({ family, dhcp }) => family === 'IPv4' && dhcp)
  if (!usable) {
    throw new ProvisionError('BAD_OPTIONS', `network ${given} gives no IPv4 addresses by DHCP`, {
      hint: 'switch DHCP on for an IPv4 range of it, or use another --network',
    })
  }
  return describe(network)
}

/** Makes sure of the grid's own network. */
export async function ensureOwnNetwork(
  cloud: Cloud,
  { owner, zone }: { owner: Owner; zone: string },
  call: Call,
): Promise<PrivateNetwork> {
  const networks = await listNetworks(cloud, call)
  const [own] = ownNetworks(networks, owner, zone)
  if (own !== undefined) return describe(own)
  const made = await makeNetwork(cloud, { owner, zone, networks }, call)
  // UpCloud takes a name twice: another command may have made one too, and both then take the same.
  const [first = made] = ownNetworks(await listNetworks(cloud, call), owner, zone)
  if (first.uuid !== made.uuid) await deleteNetwork(cloud, made, call)
  return describe(first)
}

/** Throws `BUSY` while machines are attached. One that is gone meanwhile is no error. */
export async function removeOwnNetworks(cloud: Cloud, owner: Owner, call: Call): Promise<void> {
  const own = ownNetworks(await listNetworks(cloud, call), owner, cloud.zone())
  for (const network of own) {
    if (network.servers.length > 0) {
      const message = `network ${network.name} still has ${network.servers.length} machines`
      throw new ProvisionError('BUSY', message, { hint: 'repeat the command in a minute' })
    }
    await deleteNetwork(cloud, network, call)
  }
}

async function deleteNetwork(cloud: Cloud, { uuid, name }: Network, call: Call): Promise<void> {
  const question = { doing: 'delete', about: `network ${name}`, ...call }
  await unlessGone(() =>
    cloud.ask(question, (client, options) => client.networks.delete(uuid, options)),
  )
}

async function makeNetwork(
  cloud: Cloud,
  { owner, zone, networks }: { owner: Owner; zone: string; networks: readonly Network[] },
  call: Call,
): Promise<Network> {
  const name = networkName(owner, zone)
  const taken = networks.flatMap(({ ipNetworks }) => ipNetworks.map(({ address }) => address))
  const address = freeRange(name, taken)
  if (address === undefined) {
    throw new ProvisionError('QUOTA_EXCEEDED', `no private range is left for network ${name}`, {
      hint: 'make a network yourself and name it with --network',
    })
  }
  // Its machines reach the world through their public addresses, so that it has no default route.
  const range = { address, family: 'IPv4', dhcp: true, dhcpDefaultRoute: false } as const
  return await cloud.ask({ doing: 'make', about: `network ${name}`, ...call }, (client, options) =>
    client.networks.create(
      {
        name,
        zone,
        ipNetworks: [range],
        labels: { ...ownershipLabels(owner), [labelKeys.made]: String(Date.now()) },
      },
      options,
    ),
  )
}

function describe({ uuid, name, ipNetworks }: Network): PrivateNetwork {
  const ranges = ipNetworks.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
  return { uuid, name, ranges }
}
