import { labelValue } from '@kontena/protocol'
import type { PeerRecord } from '../store/node-store.ts'

type Peer = Pick<PeerRecord, 'key' | 'labels'>

/** The addresses under which a node reaches each other node of its grid. */
export type PeerAddresses = (node: Peer) => string[]

export function peerAddresses(peers: readonly PeerRecord[]): PeerAddresses {
  const listFor = peerLists(peers)
  return (node) => {
    const { addresses, own } = listFor(node)
    return own === undefined ? [...addresses] : addresses.toSpliced(own, 1)
  }
}

/** A list that many nodes share. */
export interface PeerList {
  /** Each of them once. */
  readonly addresses: readonly string[]
  /** Place of the address that is the asking node's alone, which is not one of its peers'. */
  readonly own: number | undefined
}

/**
 * Nodes of one region meet at their private addresses, others at their public ones; a node without
 * a `region` label is in the region `default`. Each region's list is made once, for all its nodes.
 */
export function peerLists(peers: readonly PeerRecord[]): (node: Peer) => PeerList {
  const regions = new Map<string, RegionList>()
  return (node) => {
    const region = regionOf(node)
    const list = regions.get(region) ?? listFor(region, peers)
    regions.set(region, list)
    return { addresses: list.addresses, own: list.owned.get(node.key) }
  }
}

export function regionOf({ labels }: { readonly labels: readonly string[] }): string {
  return labelValue(labels, 'region') ?? 'default'
}

interface RegionList {
  readonly addresses: readonly string[]
  /** Places of addresses that one node alone has, by its key. */
  readonly owned: ReadonlyMap<string, number>
}

function listFor(region: string, peers: readonly PeerRecord[]): RegionList {
  /** The only node that has this address, or undefined where several have it. */
  const holders = new Map<string, string | undefined>()
  for (const peer of peers) {
    const address = regionOf(peer) === region ? peer.privateAddress : peer.publicAddress
    if (address !== undefined) holders.set(address, holders.has(address) ? undefined : peer.key)
  }
  const addresses = [...holders.keys()]
  const owned = new Map<string, number>()
  let place = 0
  for (const key of holders.values()) {
    if (key !== undefined) owned.set(key, place)
    place += 1
  }
  return { addresses, owned }
}
