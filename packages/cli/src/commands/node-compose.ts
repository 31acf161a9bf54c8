import { renderCompose } from '@kontena/core'
import type { Context } from '../context.ts'
import { type ManualNodeOptions, openManualNode } from '../master/manual-node.ts'

/** Prints a compose file that runs the node's agent. It holds the node's own token. */
export async function printNodeCompose(
  options: ManualNodeOptions,
  context: Context,
): Promise<void> {
  const compose = renderCompose(await openManualNode(options, context))
  if (context.json) context.printJson({ compose })
  else context.stdout.write(compose)
}
