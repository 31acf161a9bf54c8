import { connect, type Socket } from 'node:net'
import { connect as connectSecurely, type SecureContext } from 'node:tls'
import type { AgentIdentity } from './identity.ts'
import { readAnswer, upgradeRequest } from './upgrade.ts'
import { type Frame, frameReader, opcodes } from './websocket-frames.ts'

export interface AgentSite {
  readonly host: string
  readonly port: number
  /** Trusts the master's authority; plain where absent. */
  readonly security: SecureContext | undefined
}

export interface AgentSocketOptions extends AgentSite {
  readonly identity: AgentIdentity
  onUpgrade(): void
  onFrame(frame: Frame): void
  onBytes(count: number): void
  /** Why it ended: a close code where the master named one. Called once. */
  onEnd(why: string): void
}

export interface AgentSocket {
  write(bytes: Buffer): void
  /** Ends with these bytes. */
  end(bytes: Buffer): void
  /** Cuts the line, for this reason. */
  cut(why: string): void
}

/** Connects and asks for the upgrade, as an agent does. */
export function openAgentSocket(options: AgentSocketOptions): AgentSocket {
  const { host, port, security, identity } = options
  const socket =
    security === undefined
      ? connect({ host, port, noDelay: true })
      : connectSecurely({ host, port, secureContext: security })
  let why = 'closed before the upgrade'
  const cut = (reason: string): void => {
    why = reason
    socket.destroy()
  }
  socket.once(security === undefined ? 'connect' : 'secureConnect', () => {
    socket.write(upgradeRequest(`${host}:${port}`, identity))
  })
  socket.on('data', (chunk: Buffer) => options.onBytes(chunk.length))
  socket.on('error', (error) => {
    why = 'code' in error ? String(error.code) : error.message
  })
  socket.once('close', () => options.onEnd(why))
  const readFrames = frameReader((frame) => {
    if (frame.opcode === opcodes.close) why = String(frame.payload.readUInt16BE(0))
    options.onFrame(frame)
  })
  onAnswer(socket, {
    refused: cut,
    upgraded: (rest) => {
      why = 'closed'
      options.onUpgrade()
      socket.on('data', readFrames)
      readFrames(rest)
    },
  })
  return {
    write: (bytes) => void socket.write(bytes),
    end: (bytes) => void socket.end(bytes),
    cut,
  }
}

function onAnswer(
  socket: Socket,
  { upgraded, refused }: { upgraded(rest: Buffer): void; refused(why: string): void },
): void {
  let answer = Buffer.alloc(0)
  const read = (chunk: Buffer): void => {
    answer = Buffer.concat([answer, chunk])
    const found = readAnswer(answer)
    if (found === undefined) return
    socket.off('data', read)
    if (found.outcome === 'upgraded') upgraded(found.rest)
    else refused(String(found.closeCode ?? `HTTP ${found.status}`))
  }
  socket.on('data', read)
}
