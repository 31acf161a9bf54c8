import { randomBytes } from 'node:crypto'
import { formatIpv4, overlap, parseIpv4Block } from '../../ipv4.ts'
import type { Account, Interface, IpAddress, Network } from '../account.ts'
import type { Zone } from '../catalog/zones.ts'
import { conflict } from '../refusals.ts'

/** An interface that could be made: its network is there and has room. */
export interface InterfaceWish {
  readonly type: Interface['type']
  readonly network: Network
  /** The one that is asked for; any where absent. */
  readonly address: string | undefined
}

/** The network of a zone that interfaces of this type and family are in. */
export function sharedNetwork(
  account: Account,
  { zone, type, family }: { zone: Zone; type: 'public' | 'utility'; family: 'IPv4' | 'IPv6' },
): Network {
  const found = [...account.networks.values()].find(
    (network) =>
      network.zone === zone && network.type === type && network.ranges[0]?.family === family,
  )
  if (found === undefined) {
    throw conflict('IP_ADDRESS_RESOURCES_UNAVAILABLE', `There is no ${family} ${type} network.`)
  }
  return found
}

/** One after the other: each must see the addresses of those before. */
export function makeInterfaces(account: Account, wishes: readonly InterfaceWish[]): Interface[] {
  const made: Interface[] = []
  for (const [index, { type, network, address }] of wishes.entries()) {
    made.push({
      index: index + 1,
      type,
      network,
      mac: macAddress(),
      addresses: [addressIn(network, account, { address, made })],
    })
  }
  return made
}

interface Choice {
  readonly address: string | undefined
  readonly made: readonly Interface[]
}

function addressIn(network: Network, account: Account, { address, made }: Choice): IpAddress {
  const [range] = network.ranges
  const family = range?.family ?? 'IPv4'
  if (family === 'IPv6') return { address: ipv6Address(String(range?.address)), family }
  if (network.type === 'public') return { address: account.newPublicAddress(), family }
  const taken = new Set(takenAddresses(network, account, made))
  const block = parseIpv4Block(range?.address ?? '')
  if (address !== undefined) {
    checkFree(address, taken, block)
    return { address, family }
  }
  // The first address of a range is the network's, the second the gateway's.
  for (let at = (block?.start ?? 0) + 2; at < (block?.end ?? 0) - 1; at += 1) {
    if (!taken.has(formatIpv4(at))) return { address: formatIpv4(at), family }
  }
  throw conflict(
    'IP_ADDRESS_RESOURCES_UNAVAILABLE',
    `The network ${network.uuid} has no free addresses.`,
  )
}

function checkFree(
  address: string,
  taken: ReadonlySet<string>,
  block: ReturnType<typeof parseIpv4Block>,
): void {
  const own = parseIpv4Block(`${address}/32`)
  if (own === undefined || block === undefined || !overlap(own, block)) {
    throw conflict('IP_ADDRESS_INVALID', `The address ${address} is not in the network.`)
  }
  if (taken.has(address)) {
    throw conflict('ADDRESS_ATTACHED', `The address ${address} is attached already.`)
  }
}

function takenAddresses(
  network: Network,
  account: Account,
  made: readonly Interface[],
): readonly string[] {
  const all = [...account.servers.values()].flatMap(({ interfaces }) => interfaces)
  return [...all, ...made]
    .filter((one) => one.network === network)
    .flatMap(({ addresses }) => addresses.map(({ address }) => address))
}

function ipv6Address(range: string): string {
  const digits = randomBytes(4).toString('hex')
  return `${range.split('::')[0]}::${digits.slice(0, 4)}:${digits.slice(4)}`
}

/** Locally administered, as UpCloud's are. */
function macAddress(): string {
  return ['da:45:c4', ...(randomBytes(3).toString('hex').match(/../g) ?? [])].join(':')
}
