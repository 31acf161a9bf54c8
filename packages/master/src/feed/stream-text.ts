import { Readable } from 'node:stream'

/** Milliseconds in which a reader has to take something of what waits for him. */
const patience = 30_000

/**
 * A body that is made as it is read, piece by piece: who reads slowly is waited for, and what he has
 * not read is not kept for him. A reader who takes nothing for too long is cut off.
 *
 * @param onClose called once when the reader is gone, or the text has ended
 */
export function streamText(
  pieces: AsyncIterable<string>,
  onClose: () => void,
  stall = patience,
): Readable {
  const stream = Readable.from(watched(), { objectMode: false, highWaterMark: 16 * 1024 })
  return stream.once('close', onClose)

  async function* watched(): AsyncGenerator<string> {
    for await (const piece of pieces) {
      const timer = setTimeout(() => stream.destroy(), stall)
      try {
        yield piece
      } finally {
        clearTimeout(timer)
      }
    }
  }
}
