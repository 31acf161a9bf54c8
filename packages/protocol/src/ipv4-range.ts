import { isIPv4 } from 'node:net'

/** An IPv4 range; its first address as a number. */
export interface Ipv4Range {
  readonly first: number
  readonly prefix: number
}

/** Reads `10.81.0.0/16`; undefined where it is none. Bits behind the prefix are dropped. */
export function parseIpv4Range(text: string): Ipv4Range | undefined {
  const [address = '', prefixText = '32', ...rest] = text.split('/')
  const prefix = /^\d{1,2}$/.test(prefixText) ? Number(prefixText) : 33
  if (!isIPv4(address) || prefix > 32 || rest.length > 0) return undefined
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - prefix)
  return { first: Math.floor(value / size) * size, prefix }
}
