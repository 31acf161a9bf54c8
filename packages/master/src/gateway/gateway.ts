import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeCodes } from '@kontena/protocol'
import type { AgentConnections } from '../routes/route-context.ts'
import { hashSecret } from '../secrets/secrets.ts'
import { closeSocket, serveAgent } from './agent-connection.ts'
import { agentRegistry } from './agent-registry.ts'
import { openAllowances } from './allowances.ts'
import { nodeNews } from './node-news.ts'
import { openRejections } from './rejections.ts'
import { type Arrival, openUpgrades, type UpgradeOptions, type UpgradeRequest } from './upgrade.ts'

export interface GatewayOptions extends UpgradeOptions {
  /** Milliseconds between pings. */
  readonly keepaliveInterval: number
  /** Milliseconds that changes are gathered before agents are told. */
  readonly announceDelay: number
}

export interface Gateway extends AgentConnections {
  /** Listener for the HTTP server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes every agent's connection; resolves when the store knows. */
  close(): Promise<void>
}

const goingAway = 'the master is shutting down'

/** The agents' side of the master: who is connected, and the WebSocket at path `/`. */
export function openGateway(options: GatewayOptions): Gateway {
  const { store, clock, log } = options
  const rejections = openRejections(options)
  const agents = agentRegistry({ onContested: rejections.noteContest })
  const upgrades = openUpgrades(options, rejections)
  const news = nodeNews({ ...options, agentsOf: agents.ofGrid })
  const allowanceOf = openAllowances()
  const connecting = new Set<Promise<void>>()
  const ending = new AbortController()

  return {
    upgrade: (request, socket, head) => {
      socket.on('error', () => socket.destroy())
      if (ending.signal.aborted) return upgrades.refuse(socket, 503, goingAway)
      void welcome({ request, socket, head })
    },
    remove: (key) => end(key, 'removed', 'has been removed'),
    replace: (key) => end(key, 'removed', 'has another machine now'),
    disconnect: (key) => end(key, 'disconnected', 'has been disconnected'),
    ask: async (key, call, asking) =>
      (await agents.find(key)?.ask(call, asking)) ?? { outcome: 'disconnected' },
    announce: news.toGrid,
    close: async () => {
      ending.abort()
      await Promise.all(connecting)
      news.stop()
      const open = agents.all()
      for (const agent of open) agent.close('shutdown', goingAway)
      for (const socket of upgrades.sockets) closeSocket(socket, 1001, goingAway)
      await Promise.all(open.map((agent) => agent.closed))
    },
  }

  function end(key: string, reason: 'removed' | 'disconnected', what: string): void {
    const agent = agents.find(key)
    agent?.close(reason, `host node ${agent.name} ${what}`)
  }

  async function welcome(upgrade: UpgradeRequest): Promise<void> {
    try {
      const arrival = await upgrades.receive(upgrade)
      if (arrival === undefined) return
      if (ending.signal.aborted) return closeSocket(arrival.socket, 1001, goingAway)
      const connected = connect(arrival)
      connecting.add(connected)
      await connected.finally(() => connecting.delete(connected))
    } catch (error) {
      log.error({ err: error }, 'an agent could not be let in')
      upgrades.refuse(upgrade.socket, 500, 'Internal server error')
    }
  }

  async function connect({ socket, node, handshake }: Arrival): Promise<void> {
    const { key, grid, name } = node
    try {
      const connectedAt = clock()
      const { version, token, nodeId } = handshake
      const tokenHash = token?.kind === 'node' ? hashSecret(token.secret) : undefined
      const shown = { tokenHash, nodeId }
      const connection = await store.openConnection(key, version, connectedAt, shown)
      if (connection === undefined) {
        // Since it was let in, its node was removed, or got another token or machine; when it tries again, it is told which.
        closeSocket(socket, closeCodes.disconnected.code, `host node ${name} has been disconnected`)
        return
      }
      const from = { key, grid, name, connection }
      const agent = serveAgent(socket, {
        ...options,
        from,
        connectedAt,
        limit: allowanceOf(key),
        announce: news.toGrid,
        ending: ending.signal,
      })
      agents.add(agent)
      log.info({ node: name, grid, connection, agent: version }, 'agent connected')
      // Read only now that the store knows of the connection, so that no report can overtake it.
      socket.resume()
      news.toAgent(agent)
    } catch (error) {
      log.error({ err: error, node: name }, 'connection was not stored')
      closeSocket(socket, 1011, 'Internal server error')
    }
  }
}
