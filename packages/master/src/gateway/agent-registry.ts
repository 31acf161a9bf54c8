import type { AgentConnection } from './agent-connection.ts'

/** Which agents are connected to this process: at most one connection of each node. */
export interface AgentRegistry {
  /** Of two connections of one node the newer stays; the older is closed. */
  add(agent: AgentConnection): void
  find(key: string): AgentConnection | undefined
  ofGrid(grid: string): readonly AgentConnection[]
  all(): readonly AgentConnection[]
}

export function agentRegistry(): AgentRegistry {
  const agents = new Map<string, AgentConnection>()
  const replaced = (agent: AgentConnection): void =>
    agent.close(
      'replacedByNewConnection',
      `host node ${agent.name} connection conflict with new connection`,
    )

  return {
    add: (agent) => {
      const other = agents.get(agent.key)
      if (other !== undefined && other.connection > agent.connection) {
        replaced(agent)
        return
      }
      agents.set(agent.key, agent)
      if (other !== undefined) replaced(other)
      void agent.closed.then(() => {
        if (agents.get(agent.key) === agent) agents.delete(agent.key)
      })
    },
    find: (key) => agents.get(key),
    ofGrid: (grid) => [...agents.values()].filter((agent) => agent.grid === grid),
    all: () => [...agents.values()],
  }
}
