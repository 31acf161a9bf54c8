import { labelValue } from '@kontena/protocol'
import type { NodeRecord } from './store/records.ts'

/** The addresses under which a node reaches each other node of its grid. */
export type PeerAddresses = (node: NodeRecord) => string[]

/**
 * Nodes of one region meet at their private addresses, others at their public ones; a node without
 * a `region` label is in the region `default`. Each region's list is made once, for all its nodes.
 */
export function peerAddresses(nodes: readonly NodeRecord[]): PeerAddresses {
  const lists = new Map<string, { key: string; address: string }[]>()
  const listFor = (region: string): { key: string; address: string }[] => {
    const known = lists.get(region)
    if (known !== undefined) return known
    const made = nodes.flatMap((node) => {
      const host = node.host
      const address = regionOf(node) === region ? host?.PrivateIp : host?.PublicIp
      return typeof address === 'string' ? [{ key: node.key, address }] : []
    })
    lists.set(region, made)
    return made
  }
  return (node) => {
    const others = listFor(regionOf(node)).filter(({ key }) => key !== node.key)
    return [...new Set(others.map(({ address }) => address))]
  }
}

function regionOf(node: NodeRecord): string {
  return labelValue(node.labels, 'region') ?? 'default'
}
