import { ProvisionError } from '@kontena/core'
import { MasterError, type Node } from '@kontena/protocol'
import type { MasterSession } from './master-session.ts'

/** A node's token, where somebody gave it one; a machine's own is known there alone, until it is reset. */
export async function readableToken(
  node: Node,
  { session, grid, signal }: { session: MasterSession; grid: string; signal: AbortSignal },
): Promise<string> {
  try {
    return (await session.client.nodeToken(grid, node.name, signal)).token
  } catch (error) {
    if (!(error instanceof MasterError) || error.kind !== 'not-found') throw error
    const isMachines = node.has_token || node.enrolment !== null
    throw new ProvisionError(
      'NOT_SUPPORTED',
      isMachines
        ? `Node ${node.name} has a token that only its machine knows`
        : `Node ${node.name} was not created with a node token`,
      {
        cause: error,
        hint: isMachines
          ? 'machines of providers are set up by themselves; for one made by hand, register a node with: kontena node create NAME'
          : `give it one with: kontena node reset-token ${node.name}; or use \`kontena grid env\` instead`,
      },
    )
  }
}
