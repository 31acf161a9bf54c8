import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** One end of a network cable whose other end is an interface of qemu. */
export interface Cable {
  /** Socket that qemu connects to. */
  readonly path: string
  /** Loses the frame where nothing is connected or too much is on its way, as a cable does. */
  send(frame: Buffer): void
  close(): void
}

const mostWaiting = 4 * 1024 * 1024
/** Longer than any frame of an interface whose packets have 1500 bytes. */
const longestFrame = 65_550

/** Listens for qemu's `-netdev stream`. A machine that is started again connects again. */
export async function openCable(path: string, receive: (frame: Buffer) => void): Promise<Cable> {
  let connected: Socket | undefined
  const server = createServer((socket) => {
    connected?.destroy()
    connected = socket
    socket.on(
      'data',
      splitFrames(receive, () => socket.destroy()),
    )
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (connected === socket) connected = undefined
    })
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    path,
    send(frame) {
      if (connected === undefined || connected.writableLength > mostWaiting) return
      const length = Buffer.alloc(4)
      length.writeUInt32BE(frame.length)
      connected.write(Buffer.concat([length, frame]))
    },
    close() {
      connected?.destroy()
      server.close()
    },
  }
}

/** Takes qemu's stream apart: each frame has its length before it, in four bytes. */
export function splitFrames(
  receive: (frame: Buffer) => void,
  giveUp: () => void,
): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (bytes.length >= 4) {
      const length = bytes.readUInt32BE(0)
      if (length > longestFrame) return giveUp()
      if (bytes.length < 4 + length) break
      receive(bytes.subarray(4, 4 + length))
      bytes = bytes.subarray(4 + length)
    }
    rest = Buffer.from(bytes)
  }
}
