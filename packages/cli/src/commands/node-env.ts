import { ProvisionError } from '@kontena/core'
import { MasterError, type Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { agentUri } from '../master/agent-uri.ts'
import { findNode } from '../master/find-on-master.ts'
import { type MasterSession, openMasterSession, requireGrid } from '../master/master-session.ts'
import { printEnvironment } from '../output/print-environment.ts'

export interface NodeEnvOptions {
  name: string
  token?: boolean
  grid?: string
}

/** Prints what a node's agent needs to know. Nodes whose machine made its own token have none here. */
export async function printNodeEnvironment(
  options: NodeEnvOptions,
  context: Context,
): Promise<void> {
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  const node = await findNode(session, grid, options.name, context.signal)
  const token = await readableToken(node, { session, grid, signal: context.signal })
  if (options.token && !context.json) return context.print(token)
  printEnvironment(context, {
    KONTENA_URI: await agentUri(session, context.signal),
    KONTENA_NODE_TOKEN: token,
  })
}

/** The token that somebody gave; one that a machine made is known there alone, until it is reset. */
async function readableToken(
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
          ? 'machines of providers need no environment by hand'
          : 'use `kontena grid env` instead',
      },
    )
  }
}
