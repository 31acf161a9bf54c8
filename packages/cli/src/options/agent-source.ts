import { type AgentSource, defaultAgentRuntime, ProvisionError } from '@kontena/core'

/** What `--agent-image` and `--agent-runtime` say machines run. Throws `BAD_OPTIONS` for both at once. */
export function parseAgentSource({
  agentImage,
  agentRuntime,
}: {
  agentImage?: string | undefined
  agentRuntime?: string | undefined
}): AgentSource {
  if (agentImage === undefined) return { runtime: agentRuntime ?? defaultAgentRuntime }
  if (agentRuntime === undefined) return { image: agentImage }
  throw new ProvisionError('BAD_OPTIONS', '--agent-image and --agent-runtime exclude each other', {
    hint: 'a complete image brings its own runtime',
  })
}

/** The two flags, as every command has them that says what machines run. */
export interface AgentFlags {
  agentImage?: string
  agentRuntime?: string
}
