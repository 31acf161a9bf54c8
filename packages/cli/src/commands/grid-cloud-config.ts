import { ProvisionError, renderManualCloudConfig } from '@kontena/core'
import type { Context } from '../context.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openProvisioningSession } from '../master/master-session.ts'
import { warnOfLoopback } from '../master/warn-of-loopback.ts'
import { type AgentFlags, parseAgentSource } from '../options/agent-source.ts'

export interface CloudConfigFlags extends AgentFlags {
  dns?: readonly string[]
  peerInterface?: string
  defaultInterfaceMatch?: string
  dockerBip?: string
  version?: string
}

/** Prints what a machine made by hand boots with. It joins with the token of the grid. */
export async function printCloudConfig(
  options: CloudConfigFlags & { name: string | undefined },
  context: Context,
): Promise<void> {
  const agent = parseAgentSource(options)
  const session = await openProvisioningSession(context, { grid: options.name })
  checkVersion(options.version, session.version)
  const grid = await findGrid(session, session.grid, context.signal)
  const document = renderManualCloudConfig({
    master: { url: session.publicUrl, ca: session.ca, agentBundle: session.agentBundle },
    gridToken: grid.token,
    agent,
    peerInterface: options.peerInterface,
    dns: options.dns,
    defaultInterfaceMatch: options.defaultInterfaceMatch,
    dockerBridge: options.dockerBip,
  })
  warnOfLoopback(session.publicUrl, context)
  if (context.json) context.printJson({ cloud_config: document })
  else context.stdout.write(document)
}

/** In 1.5 it was the tag of the agent's image. Agents now come from their master, and follow it. */
function checkVersion(wanted: string | undefined, masters: string): void {
  if (wanted === undefined || wanted === 'latest' || wanted === masters) return
  throw new ProvisionError(
    'BAD_OPTIONS',
    `--version ${wanted} cannot be had: agents follow their master, which is of version ${masters}`,
    { hint: 'leave it out, or name a complete image with --agent-image IMAGE:TAG' },
  )
}
