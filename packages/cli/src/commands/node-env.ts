import { ProvisionError } from '@kontena/core'
import type { Context } from '../context.ts'
import { agentUri } from '../master/agent-uri.ts'
import { findNode } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
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
  if (node.machine !== null || node.enrolment !== null) {
    throw new ProvisionError(
      'NOT_SUPPORTED',
      `Node ${node.name} has a token that only its machine knows`,
      {
        hint: 'machines of providers need no environment by hand',
      },
    )
  }
  if (!node.has_token) {
    throw new ProvisionError(
      'NOT_SUPPORTED',
      `Node ${node.name} was not created with a node token`,
      {
        hint: 'use `kontena grid env` instead',
      },
    )
  }
  const { token } = await session.client.nodeToken(grid, options.name, context.signal)
  if (options.token && !context.json) return context.print(token)
  printEnvironment(context, {
    KONTENA_URI: await agentUri(session, context.signal),
    KONTENA_NODE_TOKEN: token,
  })
}
