import type { NodeInfo } from '@kontena/protocol'
import { overlayAddress } from '../ipv4-range.ts'
import type { PeerAddresses } from '../peer-addresses.ts'
import { gridInNode } from '../replies/grid-reply.ts'
import { rubyTime } from '../ruby-time.ts'
import type { GridRecord, NodeRecord } from '../store/records.ts'

/** What the master tells an agent about its node (`/agent/node_info`). It holds no token. */
export function nodeInfoFor(grid: GridRecord, node: NodeRecord, peers: PeerAddresses): NodeInfo {
  return {
    id: node.nodeId ?? '',
    created_at: rubyTime(node.createdAt),
    updated_at: rubyTime(node.updatedAt),
    name: node.name,
    labels: [...node.labels],
    overlay_ip: overlayAddress(grid.subnet, node.number) ?? null,
    peer_ips: peers(node),
    node_number: node.number,
    initial_member: node.number <= grid.initialSize,
    grid: { ...gridInNode(grid), logs: grid.logs ?? null },
  }
}
