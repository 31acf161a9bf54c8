import type { Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findNode } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { formatLoad, formatUsage, readHostLoad } from '../output/host-statistics.ts'
import { type Outline, outlineLines } from '../output/outline.ts'
import { readHostKeys } from '../ssh/host-key.ts'

export interface NodeShowOptions {
  name: string
  grid?: string
}

/** Prints all that the master knows of a node. */
export async function showNode(options: NodeShowOptions, context: Context): Promise<void> {
  const session = await openMasterSession(context, options)
  const node = await findNode(session, requireGrid(session), options.name, context.signal)
  if (context.json) return context.printJson(node)
  for (const line of outlineLines({ [node.id]: describeNode(node) })) context.print(line)
}

function describeNode(node: Node): Outline {
  return {
    id: node.node_id ?? '',
    'agent version': node.agent_version ?? '',
    'docker version': node.docker_version ?? (isWithoutDocker(node) ? 'none' : ''),
    status: node.status,
    connected: yesNo(node.connected),
    'last connect': node.connected_at ?? '',
    'last seen': node.last_seen_at ?? '',
    availability: node.availability,
    drained: describeDrain(node),
    'last rejection': describeRejection(node),
    'public ip': node.public_ip ?? '',
    'private ip': node.private_ip ?? '',
    'overlay ip': node.overlay_ip ?? '',
    os: node.os ?? '',
    kernel: node.kernel_version ?? '',
    drivers: {
      storage: node.driver ?? '',
      volume: node.volume_drivers.map((driver) => driver.name).join(','),
    },
    'initial node': yesNo(node.initial_member),
    labels: node.labels,
    'ssh user': node.ssh_user ?? undefined,
    'host keys': readHostKeys(node.host_keys).map(
      ({ type, fingerprint }) => `${type} ${fingerprint}`,
    ),
    enrolment: describeEnrolment(node),
    machine: node.machine === null ? undefined : { ...node.machine },
    stats: describeLoad(node),
  }
}

/** There only while the node is to be drained. */
function describeDrain(node: Node): string | undefined {
  if (node.availability !== 'drain') return undefined
  if (node.drained === null) {
    const lacking = isWithoutDocker(node) ? 'there is no Docker to ask' : 'its agent does not say'
    return `unknown, since ${lacking}`
  }
  const left = node.service_containers
  return node.drained || left === null ? yesNo(node.drained) : `no, ${left} still running`
}

function describeRejection({ rejection }: Node): string | undefined {
  if (rejection == null) return undefined
  const { at, code, reason } = rejection
  return `${at} with ${code}: ${reason}`
}

function describeEnrolment({ enrolment, order }: Node): string | undefined {
  switch (enrolment) {
    case null:
      return undefined
    case 'pending':
      return `waits for a machine of order ${order ?? 'unknown'}`
    case 'enrolled':
      return 'a machine has the node'
    case 'contested':
      return 'contested: a second machine tried to be this node'
  }
}

function describeLoad(node: Node): Outline | undefined {
  const { load, memory, filesystems } = readHostLoad(node.resource_usage)
  if (load === undefined && memory === undefined && filesystems.length === 0) return undefined
  return {
    cpus: node.cpus == null ? undefined : String(node.cpus),
    load: load && formatLoad(load),
    memory: memory && formatUsage(memory),
    filesystem: filesystems.map((disk) => `${disk.name}: ${formatUsage(disk)}`),
  }
}

/** Its agent told about its host, and of no Docker there. */
function isWithoutDocker({ updated, docker_version: version }: Node): boolean {
  return updated && version == null
}

function yesNo(fact: boolean): string {
  return fact ? 'yes' : 'no'
}
