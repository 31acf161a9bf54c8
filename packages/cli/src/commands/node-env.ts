import type { Context } from '../context.ts'
import { findNode } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { readableToken } from '../master/readable-token.ts'
import { printEnvironment } from '../output/print-environment.ts'

export interface NodeEnvOptions {
  name: string
  token?: boolean
  ca?: boolean
  grid?: string
}

/** Where the agent's container is to have the master's authority, as on every machine of ours. */
const authorityFile = '/etc/kontena/ca.pem'

/** Prints what a node's agent needs to know. Nodes whose machine made its own token have none here. */
export async function printNodeEnvironment(
  options: NodeEnvOptions,
  context: Context,
): Promise<void> {
  const session = await openMasterSession(context, options)
  if (options.ca) return printAuthority(session.ca, context)
  const { signal } = context
  const grid = requireGrid(session)
  const node = await findNode(session, grid, options.name, signal)
  const token = await readableToken(node, { session, grid, signal })
  if (options.token && !context.json) return context.print(token)
  const { public_url: publicUrl, agent_bundle: bundle } = await session.client.info(signal)
  const url = publicUrl ?? session.url
  printEnvironment(context, {
    KONTENA_URI: url.replace(/^http/, 'ws').replace(/\/+$/, ''),
    KONTENA_NODE_TOKEN: token,
    KONTENA_NODE_NAME: node.name,
    ...(bundle === undefined ? {} : { KONTENA_AGENT_SHA256: bundle }),
    ...(session.ca === undefined ? {} : { SSL_CERT_FILE: authorityFile }),
  })
  if (session.ca === undefined || context.json) return
  context.warn(
    `the agent reads the master's CA from ${authorityFile}`,
    `write it there: kontena node env ${node.name} --ca`,
  )
}

/** What `SSL_CERT_FILE` names is no value of an environment. */
function printAuthority(ca: string | undefined, context: Context): void {
  if (context.json) context.printJson({ ca: ca ?? null })
  else if (ca !== undefined) context.stdout.write(`${ca.trim()}\n`)
  else context.warn('no CA of this master is pinned: the roots of the system are trusted')
}
