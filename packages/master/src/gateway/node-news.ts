import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Store } from '../store/store.ts'
import type { AgentConnection } from './agent-connection.ts'
import { encodedPeers } from './encoded-peers.ts'
import { gatheredWork } from './gathered-work.ts'
import { nodeInfoFrame } from './node-info.ts'

export interface NodeNewsOptions {
  readonly store: Store
  readonly log: FastifyBaseLogger
  /** Milliseconds that changes of a grid are gathered before all its agents are told. */
  readonly announceDelay: number
  agentsOf(grid: string): readonly AgentConnection[]
}

/** Tells agents what the master knows of their nodes. */
export interface NodeNews {
  /** To an agent that has just connected. */
  toAgent(agent: AgentConnection): void
  /** To every agent of a grid, because something about a node has changed. */
  toGrid(grid: string): void
  stop(): void
}

/** Agents that connect within this many milliseconds are told together, for one look at the store. */
const arrivalDelay = 10

/** Agents that are told in one turn of the event loop. */
const atOnce = 50

export function nodeNews(options: NodeNewsOptions): NodeNews {
  const { store, log, announceDelay: delay, agentsOf } = options
  const onFailure = (error: unknown): void => log.error({ err: error }, 'agents were not told')
  const arrivals = gatheredWork<AgentConnection>(
    async (agents) => {
      for (const [grid, arrived] of Map.groupBy(agents, (agent) => agent.grid)) {
        await tell(grid, arrived).catch(onFailure)
      }
    },
    { delay: arrivalDelay, onFailure },
  )
  const changes = gatheredWork<string>(
    async (grids) => {
      for (const grid of grids) await tell(grid, agentsOf(grid)).catch(onFailure)
    },
    { delay, onFailure },
  )
  return {
    toAgent: arrivals.add,
    toGrid: changes.add,
    stop: () => {
      arrivals.stop()
      changes.stop()
    },
  }

  async function tell(name: string, agents: readonly AgentConnection[]): Promise<void> {
    const grid = await store.grid(name)
    if (grid === undefined || agents.length === 0) return
    const peers = encodedPeers(await store.peers(name))
    const nodes = await store.briefNodes(agents.map(({ key }) => key))
    const byKey = new Map(nodes.map((node) => [node.key, node]))
    for (const [index, agent] of agents.entries()) {
      const node = byKey.get(agent.key)
      if (node !== undefined) agent.send(nodeInfoFrame(grid, node, peers))
      if (index % atOnce === atOnce - 1) await nextTurn()
    }
  }
}
