import type { AgentSource, BootstrapMaster } from './bootstrap-values.ts'
import { machineFiles } from './machine-files.ts'
import { type NodeIdentity, nodeEnvironment } from './node-identity.ts'
import { renderScript } from './script.ts'

export interface NodeScriptOptions {
  readonly node: NodeIdentity
  readonly master: BootstrapMaster
  readonly agent: AgentSource
}

/**
 * A shell script that makes a registered node of the host on which root runs it, as orders do of hosts
 * that they reach by SSH. It holds the node's token.
 */
export function renderNodeScript({ node, master, agent }: NodeScriptOptions): string {
  const join = { environment: nodeEnvironment(node) }
  return renderScript({
    about: [
      `Makes the host on which root runs it the Kontena node ${node.name}.`,
      "It holds the node's own token: whoever reads it can be that node. Keep it like a password.",
    ],
    name: node.name,
    master,
    files: machineFiles({ master, agent, join, host: 'lent' }),
  })
}
