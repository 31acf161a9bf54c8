import { labelValue } from '@kontena/protocol'
import type { PeerRecord } from './store/node-store.ts'
import type { NodeRecord } from './store/records.ts'

/** The addresses under which a node reaches each other node of its grid. */
export type PeerAddresses = (node: Pick<PeerRecord, 'key' | 'labels'>) => string[]

/**
 * Nodes of one region meet at their private addresses, others at their public ones; a node without
 * a `region` label is in the region `default`. Each region's list is made once, for all its nodes.
 */
export function peerAddresses(nodes: readonly (PeerRecord | NodeRecord)[]): PeerAddresses {
  const peers = nodes.map((node) => ('host' in node ? asPeer(node) : node))
  const lists = new Map<string, { key: string; address: string }[]>()
  const listFor = (region: string): { key: string; address: string }[] => {
    const known = lists.get(region)
    if (known !== undefined) return known
    const made = peers.flatMap((peer) => {
      const address = regionOf(peer) === region ? peer.privateAddress : peer.publicAddress
      return address === undefined ? [] : [{ key: peer.key, address }]
    })
    lists.set(region, made)
    return made
  }
  return (node) => {
    const others = listFor(regionOf(node)).filter(({ key }) => key !== node.key)
    return [...new Set(others.map(({ address }) => address))]
  }
}

export function regionOf({ labels }: { readonly labels: readonly string[] }): string {
  return labelValue(labels, 'region') ?? 'default'
}

function asPeer({ key, labels, host }: NodeRecord): PeerRecord {
  return {
    key,
    labels,
    privateAddress: host?.PrivateIp ?? undefined,
    publicAddress: host?.PublicIp ?? undefined,
  }
}
