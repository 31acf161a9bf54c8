import { ProvisionError } from '../errors.ts'
import type { Machine } from '../provider.ts'
import type { NodeWithMachine } from './find-nodes.ts'
import type { Scope } from './scope.ts'

export interface PresentNode extends NodeWithMachine {
  readonly machine: Machine
}

/** Nodes whose machines are there. Throws `NOT_FOUND` where one of them has none any more. */
export function presentMachines(
  nodes: readonly NodeWithMachine[],
  { provider }: Pick<Scope, 'provider'>,
): PresentNode[] {
  return nodes.map(({ name, node, machine }) => {
    if (machine !== undefined) return { name, node, machine }
    throw new ProvisionError('NOT_FOUND', `the machine of ${name} is gone`, {
      hint: `remove its record with: kontena ${provider.name} node terminate ${name}`,
    })
  })
}
