import { ProvisionError, poll, withNodeRecords } from '@kontena/core'
import { MasterError, type Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { untilCtrlC } from '../follow-ended.ts'
import { readGridNodes } from '../master/grid-nodes.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { openNodeView } from '../output/node-view.ts'
import { parseNodeFilter } from './node-filter.ts'
import type { NodeListOptions } from './node-list.ts'

/** Milliseconds between looks at what the master told; ages on the screen grow as often. */
const interval = 1_000

/** The nodes of one grid as they change, until Ctrl-C. */
export async function watchNodeList(options: NodeListOptions, context: Context): Promise<void> {
  const shows = parseNodeFilter(options)
  const other = options.all ? '--all' : options.quiet ? '--quiet' : undefined
  if (other !== undefined) {
    throw new ProvisionError('BAD_OPTIONS', `--watch cannot be combined with ${other}`)
  }
  const { signal } = context
  const session = await openMasterSession(context, options)
  await untilCtrlC(signal, async () => {
    const { grid, nodes } = await readGridNodes(session, requireGrid(session), signal)
    const view = openNodeView(grid, shows, context)
    view.show(nodes)
    const watch = { master: session.client, grid: grid.name, signal }
    await withNodeRecords(watch, ({ read, pause }) => {
      const look = patient(read, (message) => {
        view.makeRoom()
        context.warn(message)
      })
      return poll({ reason: 'changes', every: interval, signal, pause }, async () => {
        view.show(await look())
        return undefined
      })
    })
  })
}

/** A master that is away for a while is waited for, with one warning. */
function patient(
  read: () => Promise<readonly Node[] | undefined>,
  warn: (message: string) => void,
): () => Promise<readonly Node[] | undefined> {
  let isAway = false
  return async () => {
    try {
      const nodes = await read()
      if (nodes !== undefined) isAway = false
      return nodes
    } catch (error) {
      if (!(error instanceof MasterError) || error.kind !== 'unreachable') throw error
      if (!isAway) warn(`${error.message}; trying again`)
      isAway = true
      return undefined
    }
  }
}
