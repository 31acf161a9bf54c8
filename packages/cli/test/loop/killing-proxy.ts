import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** Where in a call the caller dies. */
export type Moment = 'before' | 'after'

export interface Trap {
  /** Whether this request is the one, by method, path and body. */
  readonly matches: (call: { method: string; path: string; body: string }) => boolean
  readonly moment: Moment
  /** Ends the caller. */
  readonly kill: () => void
}

/** Stands before a server and ends its client in the moment a trap names; one trap, sprung once. */
export interface KillingProxy {
  readonly url: string
  trap: Trap | undefined
  readonly sprung: () => boolean
  close(): void
}

export async function openKillingProxy(target: string): Promise<KillingProxy> {
  let sprung = false
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing).catch(() => outgoing.destroy())
  })
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await read(incoming)
    const { method = 'GET', url: path = '/' } = incoming
    const { trap } = proxy
    const caught = trap?.matches({ method, path, body: body.toString('latin1') }) === true
    if (caught) proxy.trap = undefined
    if (caught && trap.moment === 'before') {
      sprung = true
      trap.kill()
      outgoing.destroy()
      return
    }
    const reply = await forward(target, incoming, body)
    if (caught) {
      sprung = true
      trap.kill()
      outgoing.destroy()
      return
    }
    outgoing.writeHead(reply.status, reply.headers).end(reply.body)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const proxy: KillingProxy = {
    url: `http://127.0.0.1:${address.port}`,
    trap: undefined,
    sprung: () => sprung,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return proxy
}

async function forward(target: string, incoming: IncomingMessage, body: Buffer) {
  const sent = request(new URL(incoming.url ?? '/', target), {
    method: incoming.method,
    headers: incoming.headers,
    // A connection of its own: one that was kept may be closed by the other end in this moment.
    agent: false,
  })
  sent.end(body)
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: reply.statusCode ?? 502, headers: reply.headers, body: await read(reply) }
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}
