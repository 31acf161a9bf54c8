import { Readable } from 'node:stream'

export interface StreamTextOptions {
  /** Milliseconds in which a reader has to take something of what waits for him. */
  readonly patience: number
  /** Called once when the reader is gone, or the text has ended. */
  onClose(): void
}

/**
 * A body that is made as it is read, piece by piece: who reads slowly is waited for, and what he has
 * not read is not kept for him. A reader who takes nothing for too long is cut off.
 */
export function streamText(
  pieces: AsyncGenerator<string>,
  { patience, onClose }: StreamTextOptions,
): Readable {
  let stall: NodeJS.Timeout | undefined

  const stream = new Readable({
    highWaterMark: 16 * 1024,
    read: () => {
      clearTimeout(stall)
      void pieces.next().then(pass, (error) => stream.destroy(error))
    },
    // Readable.from would wait here for the next piece, which may be long in coming.
    destroy: (error, callback) => {
      clearTimeout(stall)
      onClose()
      pieces.return(undefined).catch(() => {})
      callback(error)
    },
  })
  return stream

  function pass({ done, value }: IteratorResult<string>): void {
    if (stream.destroyed) return
    stall = setTimeout(() => stream.destroy(), patience)
    stream.push(done === true ? null : value)
  }
}
