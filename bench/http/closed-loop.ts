import { connect, type Socket } from 'node:net'

export interface LoopOptions {
  readonly url: string
  readonly token: string
  readonly connections: number
  readonly seconds: number
}

export interface LoopResult {
  readonly requests: number
  readonly seconds: number
}

/**
 * Asks for one address over and over on connections that stay open, each as soon as it has its
 * answer. It reads no more of an answer than where it ends, so that it is not the slower side.
 */
export async function askInLoop(options: LoopOptions): Promise<LoopResult> {
  const { connections, seconds } = options
  const start = performance.now()
  const until = start + seconds * 1000
  const counts = await Promise.all(
    Array.from({ length: connections }, () => askOnOne(options, until)),
  )
  const requests = counts.reduce((sum, count) => sum + count, 0)
  return { requests, seconds: (performance.now() - start) / 1000 }
}

function askOnOne({ url, token }: LoopOptions, until: number): Promise<number> {
  const { hostname, port, host, pathname } = new URL(url)
  const question = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    let count = 0
    socket.once('error', reject)
    socket.once('connect', () => socket.write(question))
    onAnswer(socket, (status) => {
      if (status !== 200) {
        reject(new Error(`${url} answers with ${status}`))
        socket.destroy()
        return
      }
      count += 1
      if (performance.now() < until) socket.write(question)
      else socket.end(() => resolve(count))
    })
  })
}

/** Calls back with the status of each answer, once all of it is there. */
function onAnswer(socket: Socket, callback: (status: number) => void): void {
  let head = ''
  let missing = 0
  socket.on('data', (chunk) => {
    if (missing > 0) {
      missing -= chunk.length
    } else {
      head += chunk.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return
      const length = Number(/^content-length: (\d+)/im.exec(head.slice(0, end))?.[1])
      missing = end + 4 + length - head.length
    }
    if (missing > 0) return
    const status = Number(head.slice(9, 12))
    head = ''
    callback(status)
  })
}
