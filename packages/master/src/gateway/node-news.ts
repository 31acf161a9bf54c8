import { encodeFrame } from '@kontena/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { peerAddresses } from '../peer-addresses.ts'
import type { Store } from '../store/store.ts'
import type { AgentConnection } from './agent-connection.ts'
import { nodeInfoFor } from './node-info.ts'

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

export function nodeNews(options: NodeNewsOptions): NodeNews {
  const { store, log } = options
  const arrived = new Map<string, Set<AgentConnection>>()
  const timers = new Map<string, NodeJS.Timeout>()

  return {
    toAgent: (agent) => {
      const waiting = arrived.get(agent.grid) ?? new Set()
      arrived.set(agent.grid, waiting.add(agent))
      later(`arrival in ${agent.grid}`, arrivalDelay, () => {
        arrived.delete(agent.grid)
        return tell(agent.grid, [...waiting])
      })
    },
    toGrid: (grid) => {
      later(`change in ${grid}`, options.announceDelay, () => tell(grid, options.agentsOf(grid)))
    },
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }

  /** Once for all who ask before it happens. */
  function later(what: string, delay: number, work: () => Promise<void>): void {
    if (timers.has(what)) return
    const timer = setTimeout(() => {
      timers.delete(what)
      work().catch((error) => log.error({ err: error, what }, 'agents were not told'))
    }, delay)
    timers.set(what, timer.unref())
  }

  async function tell(name: string, agents: readonly AgentConnection[]): Promise<void> {
    const grid = await store.grid(name)
    if (grid === undefined || agents.length === 0) return
    const nodes = await store.nodes(name)
    const peers = peerAddresses(nodes)
    const byKey = new Map(nodes.map((node) => [node.key, node]))
    for (const agent of agents) {
      const node = byKey.get(agent.key)
      if (node === undefined) continue
      const params = [nodeInfoFor(grid, node, peers)]
      agent.send(encodeFrame({ type: 'notification', method: '/agent/node_info', params }))
    }
  }
}
