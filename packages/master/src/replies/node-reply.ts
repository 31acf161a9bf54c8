import type { Node } from '@kontena/protocol'
import { overlayAddress } from '../ipv4-range.ts'
import { nodeStatus } from '../node-status.ts'
import { type PeerAddresses, peerAddresses } from '../peer-addresses.ts'
import type { GridRecord, NodeRecord } from '../store/records.ts'
import { gridInNode } from './grid-reply.ts'

type NodeReply = Node & { grid: object }

/** Nodes as the REST API shows them. `all` are the nodes of their grid, for the peers' addresses. */
export function nodeReplies(
  grid: GridRecord,
  nodes: readonly NodeRecord[],
  all: readonly NodeRecord[] = nodes,
): NodeReply[] {
  const peers = peerAddresses(all)
  // 1.5 plug-ins read the grid's token from its nodes.
  const gridPart = { ...gridInNode(grid), token: grid.token }
  return nodes.map((node) => ({ ...nodeReply(grid, node, peers), grid: gridPart }))
}

function nodeReply(grid: GridRecord, node: NodeRecord, peers: PeerAddresses): Node {
  return {
    id: `${grid.name}/${node.name}`,
    node_id: node.nodeId ?? null,
    name: node.name,
    status: nodeStatus(node),
    connected: node.connected,
    updated: node.updated,
    availability: node.availability,
    has_token: node.hasToken,
    labels: [...node.labels],
    node_number: node.number,
    initial_member: node.number <= grid.initialSize,
    machine: node.machine ?? null,
    enrolment: node.enrolment ?? null,
    order: node.order ?? null,
    host_keys: [...node.hostKeys],
    ssh_user: node.sshUser ?? null,
    ...times(node),
    ...hostPart(node),
    overlay_ip: overlayAddress(grid.subnet, node.number) ?? null,
    peer_ips: peers(node),
  }
}

function times(node: NodeRecord) {
  return {
    created_at: node.createdAt.toISOString(),
    updated_at: node.updatedAt.toISOString(),
    connected_at: node.connectedAt?.toISOString() ?? null,
    last_seen_at: node.lastSeenAt?.toISOString() ?? null,
    disconnected_at: node.disconnectedAt?.toISOString() ?? null,
  }
}

/** What the agent said; null or empty before it spoke, and where its host has no Docker. */
function hostPart(node: NodeRecord) {
  const host = node.host
  return {
    os: host?.OperatingSystem ?? null,
    engine_root_dir: host?.DockerRootDir ?? null,
    driver: host?.Driver ?? null,
    network_drivers: host?.Drivers?.Network ?? [],
    volume_drivers: host?.Drivers?.Volume ?? [],
    kernel_version: host?.KernelVersion ?? null,
    mem_total: host?.MemTotal ?? null,
    // 1.5 agents send a boolean here that always ended up as 0.
    mem_limit: host === undefined ? null : 0,
    cpus: host?.NCPU ?? null,
    public_ip: host?.PublicIp ?? null,
    private_ip: host?.PrivateIp ?? null,
    agent_version: node.agentVersion ?? null,
    docker_version: host?.ServerVersion ?? null,
    resource_usage: usage(node),
  }
}

function usage({ statistics }: NodeRecord): Record<string, unknown> {
  if (statistics === undefined) return {}
  const { memory, load, filesystem, cpu } = statistics
  return { memory, load, filesystem, cpu }
}
