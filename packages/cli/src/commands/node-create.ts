import { nodeCreate } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { spin } from '../output/spinner.ts'

export interface NodeCreateOptions {
  name: string
  token?: string
  label?: readonly string[]
  grid?: string
}

/** Registers a node. Its token is never shown here; `node env` prints it. */
export async function createNode(options: NodeCreateOptions, context: Context): Promise<void> {
  const { name, token, labels } = parseFlags(
    nodeCreate,
    { name: options.name, token: options.token, labels: options.label },
    {
      flagOf: (key) => ({ name: 'NAME', labels: '--label' })[key] ?? `--${key}`,
      secrets: new Set(['token']),
    },
  )
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  const node = await spin(context, `Creating ${name} node`, () =>
    session.client.createNode(grid, { name, token, labels }, context.signal),
  )
  if (context.json) context.printJson(node)
}
