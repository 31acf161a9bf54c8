import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeCodes } from '@kontena/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'
import type { AgentConnections } from '../routes/route-context.ts'
import type { NodeRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { admit, closeHeader } from './admission.ts'
import { type AgentConnection, closeSocket, send, serveAgent } from './agent-connection.ts'
import { connectedAtHeader, type Handshake, readHandshake } from './handshake.ts'
import { nodeNews } from './node-news.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'

export interface GatewayOptions {
  readonly store: Store
  readonly clock: () => Date
  readonly version: string
  readonly log: FastifyBaseLogger
  /** The client's address, as the proxy rules have it. */
  readonly addressOf: (request: IncomingMessage) => string
  /** Milliseconds between pings. */
  readonly keepaliveInterval: number
  readonly pingTimeout: number
  /** Milliseconds that changes are gathered before agents are told. */
  readonly announceDelay: number
}

export interface Gateway extends AgentConnections {
  /** Listener for the HTTP server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes every agent's connection; resolves when the store knows. */
  close(): Promise<void>
}

/** Bytes of one message; what an agent says of a host with many containers is well below. */
const maxPayload = 4 * 1024 * 1024

/** The agents' side of the master: who is connected, and the WebSocket at path `/`. */
export function openGateway(options: GatewayOptions): Gateway {
  const { store, clock, log, version } = options
  const agents = new Map<string, AgentConnection>()
  const news = nodeNews({
    ...options,
    agentsOf: (grid) => [...agents.values()].filter((agent) => agent.grid === grid),
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false })
  let isClosing = false
  sockets.on('headers', (headers) => {
    headers.push(`Kontena-Version: ${version}`)
    headers.push(`Kontena-Connected-At: ${connectedAtHeader(clock())}`)
  })

  return {
    upgrade: (request, socket, head) => {
      socket.on('error', () => socket.destroy())
      receive(request, socket, head).catch((error) => {
        log.error({ err: error }, 'an agent could not be let in')
        refuse(socket, 500, 'Internal server error')
      })
    },
    remove: (key) => {
      agents.get(key)?.close('removed', 'host node has been removed')
    },
    announce: news.toGrid,
    close: async () => {
      isClosing = true
      news.stop()
      const open = [...agents.values()]
      for (const agent of open) agent.close('shutdown', 'the master is shutting down')
      for (const socket of sockets.clients) closeSocket(socket, 1001, 'the master is shutting down')
      await Promise.all(open.map((agent) => agent.closed))
    },
  }

  function refuse(socket: Duplex, status: number, text: string, extra = {}): void {
    refuseUpgrade(socket, { status, text, headers: { 'x-kontena-version': version, ...extra } })
  }

  async function receive(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (isClosing) return refuse(socket, 503, 'the master is shutting down')
    if (request.url !== '/') return refuse(socket, 404, 'Not found')
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      return refuse(socket, 400, 'Only upgrades to websocket are possible')
    }
    const handshake = readHandshake(request.headers)
    const address = options.addressOf(request)
    const { pingTimeout } = options
    const actor = { address }
    const admission = await admit(handshake, { store, version, actor, now: clock(), pingTimeout })
    if (admission.outcome !== 'admitted') {
      const { reason, text } = admission
      log.warn({ agent: handshake.name, address, reason, text }, 'agent refused')
    }
    if (admission.outcome === 'rejected') {
      return refuse(socket, admission.status, admission.text, closeHeader(admission.reason))
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', (error) => log.debug({ err: error, address }, 'socket failed'))
      send(opened, { type: 'notification', method: '/agent/master_info', params: [{ version }] })
      if (admission.outcome === 'closed') {
        return closeSocket(opened, closeCodes[admission.reason].code, admission.text)
      }
      if (admission.clockOffset !== undefined) {
        const { clockOffset } = admission
        log.warn({ node: admission.node.name, clockOffset }, 'agent has a wrong clock')
      }
      // Nothing is read before the store knows of the connection, so no report can overtake it.
      opened.pause()
      connect(opened, admission.node, handshake).catch((error) => {
        log.error({ err: error, node: admission.node.name }, 'connection was not stored')
        closeSocket(opened, 1011, 'Internal server error')
      })
    })
  }

  async function connect(socket: WebSocket, node: NodeRecord, handshake: Handshake): Promise<void> {
    const { key, grid, name } = node
    const connection = await store.openConnection(key, handshake.version, clock())
    if (connection === undefined) {
      return closeSocket(socket, closeCodes.removed.code, `host node ${name} has been removed`)
    }
    const from = { key, grid, name, connection }
    const agent = serveAgent(socket, { ...options, from, announce: news.toGrid })
    register(agent, name)
    if (socket.readyState !== socket.OPEN)
      return agent.close('shutdown', 'gone before it was served')
    log.info({ node: name, grid, connection, agent: handshake.version }, 'agent connected')
    socket.resume()
    news.toAgent(agent)
  }

  /** Of two connections of one node the newer stays. */
  function register(agent: AgentConnection, name: string): void {
    const other = agents.get(agent.key)
    const text = `host node ${name} connection conflict with new connection`
    if (other !== undefined && other.connection > agent.connection) {
      agent.close('replacedByNewConnection', text)
      return
    }
    agents.set(agent.key, agent)
    other?.close('replacedByNewConnection', text)
    void agent.closed.then(() => {
      if (agents.get(agent.key) === agent) agents.delete(agent.key)
    })
  }
}
