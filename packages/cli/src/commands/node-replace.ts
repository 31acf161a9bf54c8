import { ProvisionError } from '@kontena/core'
import { labelValue, type Node, nodeReplace } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findNode } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { spin } from '../output/spinner.ts'

export interface NodeReplaceFlags {
  token?: string
  force?: boolean
  grid?: string
}

/** Lets a machine that is set up by hand take the place of the one that a node has had so far. */
export async function replaceNode(
  options: NodeReplaceFlags & { name: string },
  context: Context,
): Promise<void> {
  const { token } = parseFlags(
    nodeReplace.pick({ token: true }),
    { token: options.token },
    { secrets: new Set(['token']) },
  )
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  const node = await findNode(session, grid, options.name, context.signal)
  refuseMachines(node, grid)
  const { name } = node
  await context.agree(question(node), { force: options.force === true })
  // Whoever agreed was told that the agent is there.
  const body = { token, force: node.connected }
  const replaced = await spin(context, `Replacing the machine of ${name} node`, () =>
    session.client.replaceNode(grid, name, body, context.signal),
  )
  if (context.json) context.printJson(replaced)
  context.say(
    `Print what makes the node of the next machine with: kontena node script ${name} --grid ${grid}; or its environment with: kontena node env ${name} --grid ${grid}`,
  )
}

/** The machine would go on without a node, and cost. */
function refuseMachines({ name, machine, enrolment, labels }: Node, grid: string): void {
  const provider = machine?.provider ?? labelValue(labels, 'provider')
  const isAwaited = enrolment === 'pending' && provider !== undefined
  if (machine === null && !isAwaited) return
  const what =
    machine === null
      ? 'waits for a machine of an order'
      : `has a machine, ${provider} ${machine.id}`
  throw new ProvisionError('NOT_SUPPORTED', `Node ${name} ${what}`, {
    hint: `kontena ${provider} node replace ${name} --grid ${grid}`,
  })
}

function question({ name, connected, node_id: engine }: Node): string {
  if (connected) return `The agent of ${name} is cut off now, and cannot come back. Are you sure?`
  const before = engine === null ? '' : `, and the one that ran it cannot come back`
  return `Another machine is to run ${name}${before}. Are you sure?`
}
