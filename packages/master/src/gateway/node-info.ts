import { encodeFrame, type NodeInfo } from '@kontena/protocol'
import { overlayAddress } from '../grid/ipv4-range.ts'
import { gridInNode } from '../replies/grid-reply.ts'
import { rubyTime } from '../ruby-time.ts'
import type { BriefNode } from '../store/node-store.ts'
import type { GridRecord } from '../store/records.ts'
import type { EncodedPeers } from './encoded-peers.ts'

/** What the master tells an agent about its node (`/agent/node_info`). It holds no token. */
export function nodeInfoFor(grid: GridRecord, node: BriefNode, peers: readonly string[]): NodeInfo {
  return {
    id: node.nodeId ?? '',
    created_at: rubyTime(node.createdAt),
    updated_at: rubyTime(node.updatedAt),
    name: node.name,
    labels: [...node.labels],
    overlay_ip: overlayAddress(grid.subnet, node.number) ?? null,
    node_number: node.number,
    initial_member: node.number <= grid.initialSize,
    grid: { ...gridInNode(grid), logs: grid.logs ?? null },
    // Stands last: see below.
    peer_ips: [...peers],
  }
}

/** The same as a frame. The list of peers is all but the whole of it, and is encoded already. */
export function nodeInfoFrame(grid: GridRecord, node: BriefNode, peers: EncodedPeers): Uint8Array {
  const frame = encodeFrame({
    type: 'notification',
    method: '/agent/node_info',
    params: [nodeInfoFor(grid, node, [])],
  })
  // It ends with the empty list, which takes one byte.
  return Buffer.concat([frame.subarray(0, -1), ...peers(node)])
}
