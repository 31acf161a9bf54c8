import { ProvisionError } from '@kontena/core'
import type { Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findNode } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { chooseOneOf } from '../prompts/choose-nodes.ts'

export interface ShellRequest {
  /** Of the node; the first word of the command where any node will do. */
  readonly name: string | undefined
  readonly command: readonly string[]
  /** Whichever is online. */
  readonly any?: boolean
  readonly grid?: string
}

/** A node, and what its machine is to run. */
export interface ChosenNode {
  readonly node: Node
  readonly command: readonly string[]
}

/** The node that is meant, of those that may be. A person at a terminal who names none is asked. */
export async function chosenNode(
  request: ShellRequest,
  context: Context,
  mayBe: (node: Node) => boolean = () => true,
): Promise<ChosenNode> {
  const command = request.any ? [] : commandOf(request.command)
  const session = await openMasterSession(context, request)
  const grid = requireGrid(session)
  const nodes = async () => (await session.client.nodes(grid, context.signal)).filter(mayBe)
  const { name } = request
  if (request.any === true) return anyOf(await nodes(), request, grid)
  if (name === undefined && !context.isTTY) {
    throw new ProvisionError(
      'BAD_OPTIONS',
      'No node name given. Use --any to connect to any online node',
    )
  }
  const chosen = name ?? (await chooseOneOf(await nodes(), grid, context))
  return { node: await findNode(session, grid, chosen, context.signal), command }
}

function anyOf(nodes: readonly Node[], { name, command }: ShellRequest, grid: string): ChosenNode {
  if (nodes.some((node) => node.name === name)) {
    throw new ProvisionError('BAD_OPTIONS', 'Cannot combine --any with a node name')
  }
  const node = nodes.find(({ connected }) => connected)
  if (node === undefined) {
    throw new ProvisionError('NOT_FOUND', 'There are no online nodes', {
      hint: `kontena node list --grid ${grid}`,
    })
  }
  return { node, command: name === undefined ? [] : [name, ...command] }
}

/** Two dashes in front of the command say only that no flag of ours follows. */
function commandOf(words: readonly string[]): readonly string[] {
  const [first = '', ...rest] = words
  if (first === '--') return rest
  if (!first.startsWith('-')) return words
  throw new ProvisionError(
    'BAD_OPTIONS',
    `${first} stands behind the name, where the command does`,
    {
      hint: 'give flags before the name; a command that begins so goes behind --',
    },
  )
}
