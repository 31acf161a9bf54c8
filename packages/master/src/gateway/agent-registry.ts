import { closeCodes } from '@kontena/protocol'
import { rubyTime } from '../ruby-time.ts'
import type { AgentConnection } from './agent-connection.ts'

/** Which agents are connected to this process: at most one connection of each node. */
export interface AgentRegistry {
  /** Of two connections of one node the newer stays; the older is closed. */
  add(agent: AgentConnection): void
  find(key: string): AgentConnection | undefined
  ofGrid(grid: string): readonly AgentConnection[]
  all(): readonly AgentConnection[]
}

export interface RegistryOptions {
  /** An agent lost its node to another, and was alive to hear it: two hosts say they are one engine. */
  onContested(agent: AgentConnection): void
}

export function agentRegistry({ onContested }: RegistryOptions): AgentRegistry {
  const agents = new Map<string, AgentConnection>()
  const grids = new Map<string, Set<AgentConnection>>()

  const remove = (agent: AgentConnection): void => {
    if (agents.get(agent.key) === agent) agents.delete(agent.key)
    const grid = grids.get(agent.grid)
    grid?.delete(agent)
    if (grid?.size === 0) grids.delete(agent.grid)
  }

  const replace = (old: AgentConnection, by: AgentConnection): void => {
    const since = rubyTime(by.connectedAt)
    const text = `host node ${old.name} connection conflict with new connection at ${since}`
    old.close('replacedByNewConnection', text)
    // A socket of an agent that lost its network answers nothing.
    void old.closed.then((code) => {
      if (code === closeCodes.replacedByNewConnection.code) onContested(old)
    })
  }

  return {
    add: (agent) => {
      const other = agents.get(agent.key)
      if (other !== undefined && other.connection > agent.connection) {
        replace(agent, other)
        return
      }
      if (other !== undefined) remove(other)
      agents.set(agent.key, agent)
      const grid = grids.get(agent.grid) ?? new Set()
      grids.set(agent.grid, grid.add(agent))
      if (other !== undefined) replace(other, agent)
      void agent.closed.then(() => remove(agent))
    },
    find: (key) => agents.get(key),
    ofGrid: (grid) => [...(grids.get(grid) ?? [])],
    all: () => [...agents.values()],
  }
}
