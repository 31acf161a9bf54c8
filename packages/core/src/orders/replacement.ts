import { labelValue, MasterError, type Node } from '@kontena/protocol'
import { ProvisionError } from '../errors.ts'
import { type NodeWithMachine, resolveNodes } from './find-nodes.ts'
import { type OrderWish, type Plan, planOrder } from './plan.ts'
import { type Removal, terminateMachines } from './remove-machines.ts'
import type { Scope } from './scope.ts'
import { findUnseenMachine } from './unseen-machines.ts'

/**
 * Plans an order of one machine that takes the place of a node's own: under the same record, name and
 * number. `createNodes` carries it out, and ends the old machine before it does anything else. Throws
 * `BAD_OPTIONS` for a node that no provider made.
 */
export async function planReplacement(
  name: string,
  wish: Omit<OrderWish, 'name' | 'count'>,
  scope: Scope,
): Promise<Plan> {
  checkProvided(await findRecord(name, scope), scope)
  const [replaced] = await resolveNodes([name], scope, { signal: scope.signal })
  return planOrder({ ...wish, name, count: 1 }, scope, replaced)
}

/**
 * Takes away the machine that a node has had so far, with all that came with it. The record stays and
 * names the machine until it is given to the order, so that nothing is lost whenever this ends. Resolves to
 * how sure the master may be that nobody needs the node: where a machine was ended here, its agent is a ghost.
 * Rejects with `LEFT_BEHIND` where the machine is still there at the deadline.
 */
export async function endReplaced(
  given: NodeWithMachine,
  options: Removal & { readonly timeout: number },
): Promise<'always' | 'offline'> {
  const { scope, call } = options
  const { name, machine } = await findUnseenMachine(given, scope, call)
  if (machine === undefined) return 'offline'
  scope.emit({ type: 'node', name, phase: 'terminating', machine: machine.id, zone: machine.zone })
  await terminateMachines([{ name, machine }], {
    ...options,
    onGone: async () => scope.emit({ type: 'node', name, phase: 'gone' }),
  })
  return 'always'
}

async function findRecord(name: string, { master, owner, signal }: Scope): Promise<Node> {
  try {
    return await master.node(owner.grid, name, signal)
  } catch (error) {
    if (!(error instanceof MasterError) || error.kind !== 'not-found') throw error
    throw new ProvisionError('NOT_FOUND', `grid ${owner.grid} has no node named ${name}`, {
      cause: error,
      hint: `kontena node list --grid ${owner.grid}`,
    })
  }
}

function checkProvided({ name, machine, labels }: Node, { owner, provider }: Scope): void {
  const maker = machine?.provider ?? labelValue(labels, 'provider')
  if (maker === provider.name) return
  throw new ProvisionError(
    'BAD_OPTIONS',
    maker === undefined
      ? `${name} has no machine that a provider made`
      : `${name} was made by ${maker}, not by ${provider.name}`,
    {
      hint: `use: kontena ${maker === undefined ? '' : `${maker} `}node replace ${name} --grid ${owner.grid}`,
    },
  )
}
