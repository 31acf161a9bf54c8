import { parseIpv4Range } from './ipv4-range.ts'

/** The subnet of a grid that names none, as with masters of 1.5. */
export const defaultSubnet = '10.81.0.0/16'

/** Nodes of a grid with {@link defaultSubnet}: masters and agents of 1.5 count no further. */
const nodesOfDefault = 254

/** The most nodes that one order makes: what it says of them has to fit into one request. */
export const maxNodesPerOrder = 2_000

/**
 * The most nodes that a grid with this subnet holds. A node's overlay address is the subnet's first
 * address plus its number, from 1 on. The default subnet keeps the limit of masters of 1.5; of any other
 * the lower half is for nodes, and the upper for containers.
 */
export function nodesPerGrid(subnet: string): number {
  const range = parseIpv4Range(subnet)
  const usual = parseIpv4Range(defaultSubnet)
  if (range === undefined) return nodesOfDefault
  if (range.first === usual?.first && range.prefix === usual.prefix) return nodesOfDefault
  return Math.max(0, 2 ** (32 - range.prefix) / 2 - 1)
}

/** How many nodes a grid's subnet holds, and where it is the default one, why not more. */
export function explainGridSize(subnet: string): string {
  const most = nodesPerGrid(subnet)
  const isUsual = most === nodesOfDefault
  const why = isUsual ? ', as with 1.5; a grid with another subnet of that size holds more' : ''
  return `its subnet ${subnet} holds ${most}${why}`
}
