import type { Node } from '@kontena/protocol'
import { overlayAddress } from '../grid/ipv4-range.ts'
import { isDrained, nodeStatus } from '../grid/node-status.ts'
import { peerAddresses } from '../grid/peer-addresses.ts'
import type { PeerRecord } from '../store/node-store.ts'
import type { GridRecord, NodeRecord } from '../store/records.ts'
import { gridInNode } from './grid-reply.ts'

type ListedNode = Omit<Node, 'peer_ips'> & { grid: object }

/** Nodes as lists of the REST API show them: without their peers, of which each has all the others. */
export function nodeReplies(grid: GridRecord, nodes: readonly NodeRecord[]): ListedNode[] {
  // 1.5 plug-ins read the grid's token from its nodes.
  const gridPart = { ...gridInNode(grid), token: grid.token }
  return nodes.map((node) => ({ ...nodeReply(grid, node), grid: gridPart }))
}

/** A node as the REST API shows it alone. `peers` are the nodes of its grid. */
export function oneNodeReply(
  grid: GridRecord,
  node: NodeRecord,
  peers: readonly PeerRecord[],
): Node & { grid: object } {
  const gridPart = { ...gridInNode(grid), token: grid.token }
  return { ...nodeReply(grid, node), peer_ips: peerAddresses(peers)(node), grid: gridPart }
}

function nodeReply(grid: GridRecord, node: NodeRecord): Omit<Node, 'peer_ips'> {
  return {
    id: `${grid.name}/${node.name}`,
    node_id: node.nodeId ?? null,
    name: node.name,
    status: nodeStatus(node),
    connected: node.connected,
    updated: node.updated,
    availability: node.availability,
    drained: isDrained(node),
    service_containers: node.host?.ServiceContainers ?? null,
    rejection: rejectionOf(node),
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
  }
}

function rejectionOf({ rejection }: NodeRecord): Node['rejection'] {
  if (rejection === undefined) return null
  const { code, reason, at } = rejection
  return { code, reason, at: at.toISOString() }
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
  const { memory, load, filesystem, usage: containers, cpu } = statistics
  return { memory, load, filesystem, usage: containers, cpu }
}
