import { type Choice, ProvisionError } from '@kontena/core'
import { labelValue, type Node } from '@kontena/protocol'
import type { ProviderInput } from '../commands/provider-options.ts'
import type { Context } from '../context.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'

/** Has a person choose among the grid's nodes of this provider. */
export async function chooseNodes(input: ProviderInput, context: Context): Promise<string[]> {
  return context.prompts.selectMany({
    message: 'Which nodes?',
    choices: await nodesOf(input, context),
  })
}

export async function chooseNode(input: ProviderInput, context: Context): Promise<string> {
  return context.prompts.select({
    message: 'Which node?',
    choices: await nodesOf(input, context),
  })
}

/** Has a person choose one of these. Rejects with `NOT_FOUND` where there are none. */
export async function chooseOneOf(
  nodes: readonly Node[],
  grid: string,
  context: Context,
): Promise<string> {
  if (nodes.length === 0) {
    throw new ProvisionError('NOT_FOUND', `grid ${grid} has no such nodes`, {
      hint: `kontena node list --grid ${grid}`,
    })
  }
  return context.prompts.select({ message: 'Which node?', choices: nodes.map(choiceOf) })
}

/** The latest first: what was tried last is what most likely goes again. */
async function nodesOf({ provider, grid }: ProviderInput, context: Context): Promise<Choice[]> {
  const session = await openMasterSession(context, { grid })
  const selected = requireGrid(session)
  const nodes = (await session.client.nodes(selected, context.signal))
    .filter((node) => makerOf(node) === provider.name)
    .toSorted((a, b) => b.node_number - a.node_number)
  if (nodes.length > 0) return nodes.map(choiceOf)
  throw new ProvisionError(
    'NOT_FOUND',
    `grid ${selected} has no nodes with the label provider=${provider.name}`,
    { hint: `kontena ${provider.name} node list --grid ${selected}` },
  )
}

/** Name of the provider that made a node's machine, as far as its record says. */
export function makerOf({ machine, labels }: Node): string | undefined {
  return machine?.provider ?? labelValue(labels, 'provider')
}

function choiceOf(node: Node): Choice {
  const zone = labelValue(node.labels, 'az')
  const notes = [
    node.status,
    ...(zone === undefined ? [] : [zone]),
    // These hold the state of the grid.
    ...(node.initial_member ? ['initial node'] : []),
  ]
  return { value: node.name, label: node.name, hint: notes.join(', ') }
}
