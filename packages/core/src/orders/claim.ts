import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { ClaimRecord } from './order-record.ts'

/** Unix socket paths end at 103 bytes on macOS and 107 on Linux. */
const longestSocketPath = 100

export interface Listener {
  /** Where others can find out that this process lives. */
  readonly socket: string
  close(): void
}

/** Listens on a socket of its own, which the kernel closes when this process dies in whatever way. */
export function listenForLife(folder: string): Promise<Listener> {
  const socket = socketPath(folder)
  const server = createServer((peer) => {
    // One that hangs up at once is no reason to fail.
    peer.on('error', () => undefined)
    peer.end()
  }).unref()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, () => {
      resolve({
        socket,
        close: () => {
          server.close()
          removeSocket(socket)
        },
      })
    })
  })
}

/**
 * Whether the process that made this claim still lives. One on another computer (a shared home folder,
 * or a laptop under another name) cannot be asked: it counts as alive for as long as it could work.
 */
export function isAlive(claim: ClaimRecord, longestRun: number): Promise<boolean> {
  if (claim.host !== hostname()) return Promise.resolve(Date.now() - claim.at < longestRun)
  return new Promise((resolve) => {
    const peer = connect(claim.socket)
    peer.once('connect', () => {
      peer.destroy()
      resolve(true)
    })
    peer.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT')
    })
  })
}

/** Takes the file of a dead process's socket away. */
export function removeSocket(socket: string): void {
  if (process.platform !== 'win32') rmSync(socket, { force: true })
}

/**
 * Of several claims on one order, the one that counts: the first that took over from the one
 * counting before it. Appending is atomic, so all who read the file agree.
 */
export function owningClaim(claims: readonly ClaimRecord[]): ClaimRecord | undefined {
  let owner: ClaimRecord | undefined
  for (const claim of claims) {
    if (claim.after === (owner?.socket ?? null)) owner = claim
  }
  return owner
}

function socketPath(folder: string): string {
  const name = randomBytes(8).toString('hex')
  if (process.platform === 'win32') return `\\\\.\\pipe\\kontena-${name}`
  const beside = join(folder, `${name}.sock`)
  return Buffer.byteLength(beside) <= longestSocketPath ? beside : `/tmp/kontena-${name}.sock`
}
