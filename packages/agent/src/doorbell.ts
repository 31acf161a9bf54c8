/** Lets something that waits for its time begin sooner. */
export interface Doorbell {
  ring(): void
  /**
   * Resolves at a ring, also at one since the wait before, when this time is over, or at the signal; to
   * whether somebody rang.
   */
  wait(milliseconds: number, signal: AbortSignal): Promise<boolean>
}

export function openDoorbell(): Doorbell {
  let isRung = false
  let wake = (): void => {}
  return {
    ring() {
      isRung = true
      wake()
    },
    wait: (milliseconds, signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(limit)
          signal.removeEventListener('abort', done)
          wake = () => {}
          resolve(isRung)
          isRung = false
        }
        const limit = setTimeout(done, milliseconds)
        signal.addEventListener('abort', done)
        wake = done
        if (isRung || signal.aborted) done()
      }),
  }
}
