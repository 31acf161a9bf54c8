import { renderNodeScript } from '@kontena/core'
import type { Context } from '../context.ts'
import { type ManualNodeOptions, openManualNode } from '../master/manual-node.ts'

/** Prints a shell script that makes the node of a host. It holds the node's own token. */
export async function printNodeScript(options: ManualNodeOptions, context: Context): Promise<void> {
  const script = renderNodeScript(await openManualNode(options, context))
  if (context.json) context.printJson({ script })
  else context.stdout.write(script)
}
