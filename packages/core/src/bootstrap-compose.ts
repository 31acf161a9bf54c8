import { readNodeFile, renderTemplate } from './bootstrap-templates.ts'
import {
  type AgentSource,
  type BootstrapMaster,
  parseAuthority,
  parseBundleHash,
} from './bootstrap-values.ts'
import { agentEnvironment, agentImage } from './machine-files.ts'
import { type NodeIdentity, nodeEnvironment } from './node-identity.ts'

export interface ComposeOptions {
  readonly node: NodeIdentity
  readonly master: BootstrapMaster
  readonly agent: AgentSource
}

/**
 * A compose file that runs a node's agent, and needs nothing of the host but Docker Compose: what starts
 * the agent fetches it from the master, and takes it only with the hash that stands in here. It holds the
 * node's token.
 */
export function renderCompose({ node, master, agent }: ComposeOptions): string {
  const isComplete = 'image' in agent
  const { KONTENA_URI, ...trust } = agentEnvironment(master)
  const bundle = isComplete ? {} : { KONTENA_AGENT_SHA256: parseBundleHash(master.agentBundle) }
  return renderTemplate('compose.yaml', {
    name: node.name,
    image: agentImage(agent),
    environment: { KONTENA_URI, ...nodeEnvironment(node), ...bundle, ...trust },
    ca: master.ca === undefined ? '' : parseAuthority(master.ca),
    starter: isComplete ? '' : readNodeFile('start-agent.mjs'),
    hasConfigs: !isComplete || master.ca !== undefined,
  })
}
