import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { ProvisionError, rejectOnAbort } from '@kontena/core'

export interface CodeListener {
  /** The first page for the browser. It leads on to the master, and holds no secret itself. */
  readonly startUrl: string
  /** Resolves to the code that the browser brings. Rejects as the signal says. */
  code(signal: AbortSignal): Promise<string>
  close(): void
}

const page = (text: string) => `<!doctype html><meta charset="utf-8"><title>Kontena</title>
<p style="font:1rem system-ui,sans-serif">${text}</p>`

/**
 * Listens on this computer for the browser that comes back from a login. Its paths cannot be guessed, so
 * that no other page sends it a code of its own.
 *
 * @param lead where to lead the browser that is to come back to `redirectUri`
 */
export async function listenForCode(lead: (redirectUri: string) => string): Promise<CodeListener> {
  const startPath = `/${randomBytes(16).toString('hex')}`
  const endPath = `/${randomBytes(16).toString('hex')}/cb`
  let bring: (code: string) => void = () => {}
  let origin = ''
  const brought = new Promise<string>((resolve) => {
    bring = resolve
  })

  const server = createServer(({ method, url }, reply) => {
    const { pathname, searchParams } = new URL(url ?? '/', 'http://localhost')
    const code = searchParams.get('code')
    if (method !== 'GET') return answer(reply, 405, 'Not allowed')
    if (pathname === startPath) {
      reply.writeHead(302, { ...headers, location: lead(`${origin}${endPath}`) }).end()
      return
    }
    if (pathname !== endPath || code === null) return answer(reply, 404, 'Not found')
    answer(reply, 200, 'You are logged in to the Kontena Master, and may close this window.')
    bring(code)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the listener has no port')
  // By the name that masters allow, which means this computer everywhere (RFC 6761).
  origin = `http://localhost:${address.port}`

  return {
    startUrl: `${origin}${startPath}`,
    code: (signal) => untilAborted(brought, signal),
    close: () => {
      server.close()
      server.closeIdleConnections()
    },
  }
}

const headers = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  connection: 'close',
}

function answer(reply: ServerResponse, status: number, text: string): void {
  reply.writeHead(status, { ...headers, 'content-type': 'text/html; charset=utf-8' })
  reply.end(page(text))
}

/** Milliseconds that a person has to log in. */
const patience = 10 * 60_000

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(patience)
  try {
    return await rejectOnAbort(promise, AbortSignal.any([signal, limit]))
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error
    throw new ProvisionError('TIMED_OUT', 'waited in vain for a login in the browser', {
      cause: error,
      hint: 'begin again; --remote lets you bring the code from another computer',
    })
  }
}
