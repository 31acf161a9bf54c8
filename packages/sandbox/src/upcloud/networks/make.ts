import { formatIpv4, isPrivate, overlap, parseIpv4Block } from '../../ipv4.ts'
import type { Account, IpNetwork, Label, Network } from '../account.ts'
import { type Zone, zones } from '../catalog/zones.ts'
import { badRequest, conflict } from '../refusals.ts'
import { fixedUuid, newUuid } from '../wire/uuid.ts'

export interface NetworkWish {
  readonly name: string
  readonly zone: Zone
  readonly range: IpNetwork
  readonly labels: readonly Label[]
  readonly router: string | undefined
}

/** Makes a private network. Ranges may overlap, unless one router has both. Throws Refusal. */
export function makeNetwork(account: Account, wish: NetworkWish): Network {
  checkRange(wish.range)
  checkRouter(account, wish)
  const { name, zone, range, labels, router } = wish
  const uuid = newUuid('network')
  const gateway = gatewayOf(range)
  const network: Network = {
    uuid,
    type: 'private',
    zone,
    name,
    labels,
    router,
    ranges: [{ ...range, ...(gateway === undefined ? {} : { gateway }) }],
  }
  account.networks.set(uuid, network)
  return network
}

/** What every zone has: one public network of each family and the utility network. */
export function makeSharedNetworks(account: Account): void {
  for (const [index, zone] of zones.entries()) {
    const shared = (type: 'public' | 'utility', name: string, range: IpNetwork) => {
      const uuid = fixedUuid('network', `${zone.id} ${name}`)
      const network = { uuid, type, zone, name, labels: [], router: undefined, ranges: [range] }
      account.networks.set(uuid, network)
    }
    const dhcp = { dhcp: 'yes', dhcp_default_route: 'yes' }
    shared('public', 'Public 198.19.128.0/17', {
      ...dhcp,
      address: '198.19.128.0/17',
      family: 'IPv4',
      gateway: '198.19.128.1',
    })
    shared('public', `Public 2001:db8:${index + 1}::/64`, {
      ...dhcp,
      address: `2001:db8:${index + 1}::/64`,
      family: 'IPv6',
      gateway: `2001:db8:${index + 1}::1`,
    })
    shared('utility', `Private 10.${index + 1}.0.0/22`, {
      ...dhcp,
      dhcp_default_route: 'no',
      dhcp_routes: ['10.0.0.0/8'],
      address: `10.${index + 1}.0.0/22`,
      family: 'IPv4',
      gateway: `10.${index + 1}.0.1`,
    })
  }
}

/** Throws Refusal for what no private network can have. */
export function checkRange({ address, family, gateway }: IpNetwork): void {
  if (family !== 'IPv4') return
  const block = parseIpv4Block(address)
  if (block === undefined || !isPrivate(block) || block.prefix < 8 || block.prefix > 29) {
    throw badRequest('ADDRESS_INVALID', `The address ${address} is not a valid private network.`)
  }
  if (gateway === undefined) return
  const inside = parseIpv4Block(`${String(gateway)}/32`)
  if (inside === undefined || !overlap(block, inside)) {
    throw badRequest('GATEWAY_INVALID', `The gateway ${String(gateway)} is not in ${address}.`)
  }
}

function checkRouter(account: Account, { router, range }: NetworkWish): void {
  if (router === undefined) return
  const block = parseIpv4Block(range.address)
  for (const other of account.networks.values()) {
    const own = parseIpv4Block(other.ranges[0]?.address ?? '')
    if (other.router !== router || block === undefined || own === undefined) continue
    if (overlap(block, own)) {
      throw conflict('NETWORK_OVERLAP', `The range overlaps with the network ${other.uuid}.`)
    }
  }
}

/** The first address of a network that hands out addresses is its own. */
function gatewayOf({ address, gateway, dhcp }: IpNetwork): unknown {
  const block = parseIpv4Block(address)
  if (gateway !== undefined || dhcp !== 'yes' || block === undefined) return gateway
  return formatIpv4(block.start + 1)
}
