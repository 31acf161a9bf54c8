import { connect, type Socket } from 'node:net'
import type { Address } from './target.ts'

/** Milliseconds. */
const connectTimeout = 10_000

/** Rejects with what the network says, and with a plain error where it says nothing in time. */
export function openSocket({ host, port }: Address): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const fail = (error: Error): void => {
      socket.destroy()
      reject(error)
    }
    const late = (): void => fail(new Error('no answer'))
    socket.setTimeout(connectTimeout, late)
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('timeout', late)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}
