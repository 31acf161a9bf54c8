/** An IPv4 address as a number. */
export function parseIpv4(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

/** A block of addresses as numbers, its end left out. */
export interface Ipv4Block {
  readonly start: number
  readonly end: number
  readonly prefix: number
}

/** Undefined for what is no block, or whose address lies inside of one. */
export function parseIpv4Block(cidr: string): Ipv4Block | undefined {
  const [, address = '', length = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d{1,2})$/.exec(cidr) ?? []
  const octets = address.split('.').map(Number)
  const prefix = Number(length)
  if (address === '' || octets.some((octet) => octet > 255) || prefix > 32) return undefined
  const start = parseIpv4(address)
  const size = 2 ** (32 - prefix)
  return start % size === 0 ? { start, end: start + size, prefix } : undefined
}

export function overlap(one: Ipv4Block, other: Ipv4Block): boolean {
  return one.start < other.end && other.start < one.end
}

export function contains(outer: Ipv4Block, inner: Ipv4Block): boolean {
  return outer.start <= inner.start && inner.end <= outer.end
}

/** Whether all of it is set apart for private networks by RFC 1918. */
export function isPrivate(block: Ipv4Block): boolean {
  return privateBlocks.some((outer) => contains(outer, block))
}

const privateBlocks: readonly Ipv4Block[] = [
  { start: parseIpv4('10.0.0.0'), end: parseIpv4('11.0.0.0'), prefix: 8 },
  { start: parseIpv4('172.16.0.0'), end: parseIpv4('172.32.0.0'), prefix: 12 },
  { start: parseIpv4('192.168.0.0'), end: parseIpv4('192.169.0.0'), prefix: 16 },
]
