import { ProvisionError } from '@kontena/core'
import { labelValue, type Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findNode } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { spin } from '../output/spinner.ts'

export interface NodeRmOptions {
  names: readonly string[]
  force?: boolean
  grid?: string
}

/**
 * Removes node records. A node with a machine is refused, since the machine would run on and cost on;
 * so is a connected one that the grid token would bring back at once.
 */
export async function removeNodes(options: NodeRmOptions, context: Context): Promise<void> {
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  const removed: string[] = []
  for (const name of new Set(options.names)) {
    const node = await findNode(session, grid, name, context.signal)
    refuseToRemove(node, grid)
    if (node.connected) context.warn(`Node ${name} is still connected; its agent will be refused`)
    await context.confirm(name, { force: options.force === true })
    await spin(context, `Removing ${name} node from ${grid} grid`, () =>
      session.client.removeNode(grid, name, context.signal),
    )
    removed.push(name)
  }
  if (context.json) context.printJson({ removed })
}

function refuseToRemove(node: Node, grid: string): void {
  const { name, machine } = node
  if (machine !== null) {
    throw new ProvisionError(
      'NOT_SUPPORTED',
      `Node ${name} has a machine, ${machine.provider} ${machine.id}`,
      {
        hint: `kontena ${machine.provider} node terminate ${name} --grid ${grid}`,
      },
    )
  }
  const provider = labelValue(node.labels, 'provider')
  if (node.enrolment === 'pending' && provider !== undefined) {
    throw new ProvisionError('NOT_SUPPORTED', `Node ${name} waits for a machine of an order`, {
      hint: `kontena ${provider} node terminate ${name} --grid ${grid}`,
    })
  }
  if (node.connected && !node.has_token) {
    throw new ProvisionError(
      'NOT_SUPPORTED',
      `Node ${name} is online and joined with the grid token, so it would come back`,
      {
        hint: 'stop its agent or its machine first',
      },
    )
  }
}
