import { parseIpv4Range } from '@kontena/protocol'

export { type Ipv4Range, parseIpv4Range } from '@kontena/protocol'

/** A node's address on the overlay: the grid's subnet with the node's number, as `10.81.0.7`. */
export function overlayAddress(subnet: string, number: number): string | undefined {
  const range = parseIpv4Range(subnet)
  if (range === undefined) return undefined
  const value = range.first + number
  return [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(value / unit) % 256).join('.')
}
