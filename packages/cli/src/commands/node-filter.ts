import { ProvisionError } from '@kontena/core'
import { label, type Node, nodeStatus } from '@kontena/protocol'
import { z } from 'zod'
import { parseFlags } from '../options/parse-flags.ts'

export interface NodeFilterFlags {
  /** `key`, `key=value`, or one of them behind a `!`. */
  readonly label?: readonly string[]
  readonly status?: readonly string[]
}

/** Whether a node is one of those that flags ask for: with all of the labels, in one of the states. */
export function parseNodeFilter(flags: NodeFilterFlags): (node: Node) => boolean {
  const { status } = parseFlags(
    z.object({ status: z.array(nodeStatus).optional() }),
    { status: flags.status },
    {},
  )
  const conditions = (flags.label ?? []).map(parseCondition)
  return (node) =>
    conditions.every((holds) => holds(node.labels)) &&
    (status === undefined || status.includes(node.status))
}

function parseCondition(text: string): (labels: readonly string[]) => boolean {
  const isWithout = text.startsWith('!')
  const wanted = isWithout ? text.slice(1) : text
  const problem = label.safeParse(wanted).error?.issues[0]?.message
  if (problem !== undefined) throw new ProvisionError('BAD_OPTIONS', `--label ${text}: ${problem}`)
  const matches = (candidate: string): boolean =>
    candidate === wanted || (!wanted.includes('=') && candidate.startsWith(`${wanted}=`))
  return (labels) => labels.some(matches) !== isWithout
}
