import { renderManualCloudConfig } from '@kontena/core'
import type { Context } from '../context.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openProvisioningSession } from '../master/master-session.ts'
import { parseAgentSource } from '../options/agent-source.ts'

export interface CloudConfigFlags {
  dns?: readonly string[]
  peerInterface?: string
  agentImage?: string
  agentRuntime?: string
}

/** Prints what a machine made by hand boots with. It joins with the token of the grid. */
export async function printCloudConfig(
  options: CloudConfigFlags & { name: string | undefined },
  context: Context,
): Promise<void> {
  const agent = parseAgentSource(options)
  const session = await openProvisioningSession(context, { grid: options.name })
  const grid = await findGrid(session, session.grid, context.signal)
  const document = renderManualCloudConfig({
    master: { url: session.publicUrl, ca: session.ca, agentBundle: session.agentBundle },
    gridToken: grid.token,
    agent,
    peerInterface: options.peerInterface,
    dns: options.dns,
  })
  if (context.json) context.printJson({ cloud_config: document })
  else context.stdout.write(document)
}
