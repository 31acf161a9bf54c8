import { ProvisionError } from '@kontena/core'
import { nodeUpdate } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findNode } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { spin } from '../output/spinner.ts'
import { warnOfLostPlacement } from './placement-labels.ts'

export interface NodeUpdateFlags {
  label?: readonly string[]
  clearLabels?: boolean
  availability?: string
  grid?: string
}

/** Replaces a node's labels, or says whether services may run on it. */
export async function updateNode(
  options: NodeUpdateFlags & { name: string },
  context: Context,
): Promise<void> {
  const { name } = options
  if (options.label !== undefined && options.clearLabels) {
    throw new ProvisionError('BAD_OPTIONS', '--label and --clear-labels exclude each other')
  }
  const change = parseFlags(
    nodeUpdate,
    {
      labels: options.clearLabels ? [] : options.label,
      availability: options.availability,
    },
    { flagOf: (key) => (key === 'labels' ? '--label' : `--${key}`) },
  )
  if (Object.keys(change).length === 0) {
    throw new ProvisionError('BAD_OPTIONS', 'nothing is to be changed', {
      hint: 'give --label, --clear-labels or --availability',
    })
  }
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  const node = await findNode(session, grid, name, context.signal)
  if (change.labels !== undefined) warnOfLostPlacement(node, change.labels, context)
  const updated = await spin(context, `Updating ${name} node`, () =>
    session.client.updateNode(grid, node.name, change, context.signal),
  )
  if (context.json) context.printJson(updated)
}
