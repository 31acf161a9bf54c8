import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeCodes, type MasterGreeting } from '@kontena/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'
import { failureLimit } from '../http/failure-limit.ts'
import type { NodeRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { type Admission, admit, closeHeader, isGuess } from './admission.ts'
import { closeSocket, send } from './agent-connection.ts'
import { guessLimit } from './guess-limit.ts'
import { connectedAtHeader, type Handshake, readHandshake } from './handshake.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import type { Rejections } from './rejections.ts'

export interface UpgradeOptions {
  readonly store: Store
  readonly clock: () => Date
  readonly version: string
  /** SHA-256 of the agent that this master hands out, which its agents follow. */
  readonly agentBundle: string
  readonly log: FastifyBaseLogger
  /** The client's address, as the proxy rules have it. */
  readonly addressOf: (request: IncomingMessage) => string
  /** Milliseconds. */
  readonly pingTimeout: number
}

/** A request to upgrade, as Node's HTTP server hands it over. */
export interface UpgradeRequest {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

/** An agent that has been let in. Its socket is paused, so that nothing it says is lost. */
export interface Arrival {
  readonly socket: WebSocket
  readonly node: NodeRecord
  readonly handshake: Handshake
}

export interface Upgrades {
  /** Resolves to undefined where the agent was refused, and has been told. */
  receive(upgrade: UpgradeRequest): Promise<Arrival | undefined>
  refuse(socket: Duplex, status: number, text: string): void
  /** All sockets that are open, those of refused agents too. */
  readonly sockets: ReadonlySet<WebSocket>
}

/** Bytes of one message; what an agent says of a host with many containers is well below. */
const maxPayload = 4 * 1024 * 1024

/** Turns upgrade requests at path `/` into agents' sockets. */
export function openUpgrades(options: UpgradeOptions, rejections: Rejections): Upgrades {
  const { clock, log, version, agentBundle } = options
  const greetings = new WeakMap<IncomingMessage, string>()
  const server = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false })
  server.on('headers', (headers, request) => {
    headers.push(`Kontena-Version: ${greetings.get(request) ?? version}`)
    headers.push(`Kontena-Connected-At: ${connectedAtHeader(clock())}`)
  })
  const decide = doorkeeper(options, rejections)
  const refuse = (socket: Duplex, status: number, text: string, extra = {}): void =>
    refuseUpgrade(socket, { status, text, headers: { 'x-kontena-version': version, ...extra } })

  return {
    sockets: server.clients,
    refuse,
    receive: async (upgrade) => {
      const { request, socket } = upgrade
      if (request.url !== '/') return void refuse(socket, 404, 'Not found')
      if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
        return void refuse(socket, 400, 'Only upgrades to websocket are possible')
      }
      const handshake = readHandshake(request.headers)
      const admission = await decide(handshake, request)
      if (admission.outcome === 'rejected') {
        const { status, text, reason } = admission
        return void refuse(socket, status, text, closeHeader(reason))
      }
      const { greeting } = admission
      greetings.set(request, greeting)
      const opened = await open(server, upgrade)
      opened.on('error', (error) => log.debug({ err: error }, 'socket of an agent failed'))
      const bundle = greeting === version ? { agent_bundle: agentBundle } : {}
      void send(opened, {
        type: 'notification',
        method: '/agent/master_info',
        params: [{ version: greeting, ...bundle } satisfies MasterGreeting],
      })
      if (admission.outcome === 'admitted') {
        return { socket: opened, node: admission.node, handshake }
      }
      closeSocket(opened, closeCodes[admission.reason].code, admission.text)
      return undefined
    },
  }
}

type Decide = (handshake: Handshake, request: IncomingMessage) => Promise<Admission>

const tooManyGuesses = {
  outcome: 'rejected',
  status: 429,
  reason: undefined,
  text: 'Too many wrong tokens from this address: try again in a minute',
} satisfies Admission

/** Decides who comes in, and remembers who did not. */
function doorkeeper(options: UpgradeOptions, rejections: Rejections): Decide {
  const { store, version, clock, pingTimeout, log, addressOf } = options
  const guesses = guessLimit(failureLimit({ clock }))
  return async (handshake, request) => {
    const address = addressOf(request)
    if (guesses.refuses(address, handshake)) {
      rejections.note({ handshake, address, ...tooManyGuesses })
      return tooManyGuesses
    }
    const context = { store, version, actor: { address }, now: clock(), pingTimeout }
    const admission = await admit(handshake, context)
    if (admission.outcome !== 'admitted') {
      if (isGuess(admission)) guesses.failed(address, handshake)
      const { reason, text } = admission
      rejections.note({ handshake, address, reason, text })
      return admission
    }
    const { node, clockOffset } = admission
    guesses.succeeded(address, handshake)
    rejections.forget(node.key)
    if (clockOffset !== undefined) {
      log.warn({ node: node.name, grid: node.grid, clockOffset }, 'agent has a wrong clock')
    }
    return admission
  }
}

/** Never resolves for a request that is no proper handshake; `ws` answers that with 400 itself. */
function open(
  server: WebSocketServer,
  { request, socket, head }: UpgradeRequest,
): Promise<WebSocket> {
  return new Promise((resolve) => {
    server.handleUpgrade(request, socket, head, (opened) => {
      opened.pause()
      resolve(opened)
    })
  })
}
