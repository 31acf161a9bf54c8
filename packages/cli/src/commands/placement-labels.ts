import { labelValue, type Node } from '@kontena/protocol'
import type { Context } from '../context.ts'

/** Labels by which machines are found again, and by which nodes choose how they reach each other. */
const placement = ['provider', 'region', 'az']

/** Tells of labels that a node is about to lose and that are not only the user's. */
export function warnOfLostPlacement(
  { name, labels }: Node,
  left: readonly string[],
  context: Context,
): void {
  const lost = placement.filter(
    (key) => labelValue(labels, key) !== undefined && labelValue(left, key) === undefined,
  )
  if (lost.length === 0) return
  context.warn(
    `${name} has no ${lost.join(', ')} any more, by which its machine and its peers are found`,
    `kontena node label add ${name} ${lost.map((key) => `${key}=${labelValue(labels, key)}`).join(' ')}`,
  )
}
