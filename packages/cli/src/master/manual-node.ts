import type { AgentSource, BootstrapMaster, NodeIdentity } from '@kontena/core'
import type { Context } from '../context.ts'
import { type AgentFlags, parseAgentSource } from '../options/agent-source.ts'
import { findNode } from './find-on-master.ts'
import { openProvisioningSession } from './master-session.ts'
import { readableToken } from './readable-token.ts'
import { warnOfLoopback } from './warn-of-loopback.ts'

export interface ManualNodeOptions extends AgentFlags {
  name: string
  peerInterface?: string
  grid?: string
}

/** A registered node whose agent is set up by hand, and what that takes. */
export interface ManualNode {
  readonly node: NodeIdentity
  readonly master: BootstrapMaster
  readonly agent: AgentSource
}

/** Rejects with `NOT_SUPPORTED` for a node whose token only its machine knows. */
export async function openManualNode(
  options: ManualNodeOptions,
  context: Context,
): Promise<ManualNode> {
  const agent = parseAgentSource(options)
  const session = await openProvisioningSession(context, options)
  const { grid, publicUrl, ca, agentBundle } = session
  const { signal } = context
  const node = await findNode(session, grid, options.name, signal)
  const token = await readableToken(node, { session, grid, signal })
  warnOfLoopback(publicUrl, context)
  return {
    node: { name: node.name, token, peerInterface: options.peerInterface },
    master: { url: publicUrl, ca, agentBundle },
    agent,
  }
}
