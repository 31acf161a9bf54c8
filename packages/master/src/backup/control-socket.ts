import { chmodSync, closeSync, openSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Socket paths end at 107 bytes on Linux, and at 103 on macOS. */
const longestSocketPath = 100

/** Milliseconds without a byte, after which nobody waits for the other side. */
const idleTimeout = 60_000

export interface ControlOptions {
  readonly dataDir: string
  /** The bytes of a backup as of now. */
  readonly backup: () => AsyncIterable<Buffer>
  readonly log: (error: unknown) => void
}

/**
 * Answers who asks for a backup at a socket in the data directory, which only its user can open. To be
 * called by the one process that has the database open. Resolves to what ends it.
 */
export async function openControlSocket(options: ControlOptions): Promise<() => Promise<void>> {
  if (process.platform === 'win32') return async () => {}
  const { dataDir, log } = options
  const address = socketAddress(dataDir)
  const server = createServer((received, reply) => {
    void answer(received, reply, options).catch(log)
  })
  server.setTimeout(idleTimeout)
  // It may be left of a process that died.
  rmSync(join(dataDir, socketName), { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.path, () => resolve())
  })
  chmodSync(join(dataDir, socketName), 0o600)
  return () =>
    new Promise((resolve) => {
      server.close(() => {
        rmSync(join(dataDir, socketName), { force: true })
        address.close()
        resolve()
      })
      server.closeAllConnections()
    })
}

async function answer(
  { method, url }: IncomingMessage,
  reply: ServerResponse,
  { backup, log }: ControlOptions,
): Promise<void> {
  if (method !== 'POST' || url !== '/backup') {
    reply.writeHead(404).end()
    return
  }
  const chunks = backup()[Symbol.asyncIterator]()
  try {
    // Until the first bytes are there nothing is promised, so that failures can be told.
    const first = await chunks.next()
    reply.writeHead(200, { 'content-type': 'application/octet-stream' })
    if (first.done !== true) reply.write(first.value)
  } catch (error) {
    log(error)
    const message = error instanceof Error ? error.message : String(error)
    reply.writeHead(503, { 'content-type': 'text/plain' }).end(message)
    return
  }
  await pipeline(Readable.from({ [Symbol.asyncIterator]: () => chunks }), reply)
}

/**
 * Asks the master that runs over this data for a backup. Resolves to undefined where none runs; rejects
 * with what it says, or with what the system says.
 */
export function askForBackup(dataDir: string): Promise<IncomingMessage | undefined> {
  if (process.platform === 'win32') return Promise.resolve(undefined)
  const address = socketAddress(dataDir)
  return new Promise<IncomingMessage | undefined>((resolve, reject) => {
    const asked = request({ socketPath: address.path, method: 'POST', path: '/backup' })
    asked.setTimeout(10 * idleTimeout, () => asked.destroy(new Error('the master does not answer')))
    asked.once('response', (reply) => {
      if (reply.statusCode === 200) return resolve(reply)
      void text(reply).then((said) => reject(new Error(said)), reject)
    })
    asked.once('error', (error: NodeJS.ErrnoException) => {
      const isNobody = error.code === 'ECONNREFUSED' || error.code === 'ENOENT'
      return isNobody ? resolve(undefined) : reject(error)
    })
    asked.end()
  }).finally(address.close)
}

async function text(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of reply) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

const socketName = 'control.sock'

/** On Linux a path that is too long for a socket goes by the number of its open folder. */
function socketAddress(dataDir: string): { path: string; close: () => void } {
  const path = join(dataDir, socketName)
  if (process.platform !== 'linux' || Buffer.byteLength(path) <= longestSocketPath) {
    return { path, close: () => {} }
  }
  const folder = openSync(dataDir, 'r')
  return { path: `/proc/self/fd/${folder}/${socketName}`, close: () => closeSync(folder) }
}
