import { ProvisionError } from '@kontena/core'
import { label, type Node } from '@kontena/protocol'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { findNode } from '../master/find-on-master.ts'
import { type MasterSession, openMasterSession, requireGrid } from '../master/master-session.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { printable } from '../output/printable.ts'
import { warnOfLostPlacement } from './placement-labels.ts'

export interface NodeLabelOptions {
  name: string
  labels: readonly string[]
  grid?: string
}

/** Prints a node's labels, one per line. */
export async function listLabels(
  options: Omit<NodeLabelOptions, 'labels'>,
  context: Context,
): Promise<void> {
  const { node } = await openNode(options, context)
  if (context.json) return context.printJson(node.labels)
  for (const text of node.labels) context.print(printable(text))
}

/** Adds labels to those a node has. */
export async function addLabels(options: NodeLabelOptions, context: Context): Promise<void> {
  const { labels } = parseFlags(
    z.object({ labels: z.array(label) }),
    { labels: options.labels },
    { flagOf: () => 'LABEL' },
  )
  const opened = await openNode(options, context)
  await keepLabels([...new Set([...opened.node.labels, ...labels])], opened, context)
}

/** Takes labels off a node. Rejects with `NOT_FOUND` for one it does not have, unless forced. */
export async function removeLabels(
  options: NodeLabelOptions & { force?: boolean },
  context: Context,
): Promise<void> {
  const opened = await openNode(options, context)
  const { name, labels } = opened.node
  const missing = options.labels.filter((text) => !labels.includes(text))
  if (missing.length > 0 && !options.force) {
    throw new ProvisionError('NOT_FOUND', `Label(s) ${missing.join(', ')} not found on node`, {
      hint: `kontena node label list ${name}`,
    })
  }
  const left = labels.filter((text) => !options.labels.includes(text))
  warnOfLostPlacement(opened.node, left, context)
  await keepLabels(left, opened, context)
}

interface OpenNode {
  readonly session: MasterSession
  readonly grid: string
  readonly node: Node
}

async function openNode(
  options: { name: string; grid?: string },
  context: Context,
): Promise<OpenNode> {
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  return { session, grid, node: await findNode(session, grid, options.name, context.signal) }
}

async function keepLabels(
  labels: string[],
  { session, grid, node }: OpenNode,
  context: Context,
): Promise<void> {
  const { client } = session
  const updated = await client.updateNode(grid, node.name, { labels }, context.signal)
  if (context.json) context.printJson(updated.labels)
}
