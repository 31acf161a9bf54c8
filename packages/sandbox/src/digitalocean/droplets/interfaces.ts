import { randomBytes } from 'node:crypto'
import { formatIpv4, parseIpv4Block } from '../../ipv4.ts'
import type { Addresses, Vpc } from '../account.ts'

/** One of a droplet's interfaces, as its metadata tells of them. */
export interface DropletInterface {
  readonly type: 'public' | 'private'
  readonly mac: string
  readonly address: string
  readonly prefix: number
  /** Empty on a private one: nothing beyond its network is reached there. */
  readonly gateway: string
}

/** What all public addresses of the simulated cloud are in. */
export const publicPrefix = 17
export const publicGateway = '198.19.0.1'
const usualVpcPrefix = 20

/** The public one first, where there is one. */
export function interfacesOf(addresses: Addresses, vpc: Vpc): readonly DropletInterface[] {
  const inside = {
    type: 'private',
    mac: macAddress(),
    address: addresses.private,
    prefix: parseIpv4Block(vpc.range)?.prefix ?? usualVpcPrefix,
    gateway: '',
  } as const
  if (addresses.public === undefined) return [inside]
  return [
    {
      type: 'public',
      mac: macAddress(),
      address: addresses.public,
      prefix: publicPrefix,
      gateway: publicGateway,
    },
    inside,
  ]
}

export function netmask(prefix: number): string {
  return formatIpv4(2 ** 32 - 2 ** (32 - prefix))
}

/** Locally administered, as DigitalOcean's are. */
function macAddress(): string {
  return ['7a', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':')
}
