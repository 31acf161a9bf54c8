import type { Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import { orderAlgorithms } from './host-key.ts'

/** Milliseconds for the first half of a key exchange. */
const timeout = 10_000

/** The key that a server proves to have; undefined where it proves none. Nobody logs in. */
export function showHostKey(
  socket: Duplex,
  knownTypes: ReadonlySet<string>,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let shown: Buffer | undefined
    const client = new ssh2.Client()
    const end = (): void => {
      socket.destroy()
      resolve(shown)
    }
    client.on('error', end).on('close', end)
    client.connect({
      sock: socket,
      username: 'nobody',
      readyTimeout: timeout,
      algorithms: { serverHostKey: orderAlgorithms(knownTypes) },
      hostVerifier: (data: Buffer) => {
        shown = data
        return false
      },
    })
  })
}
