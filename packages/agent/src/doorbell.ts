/** Lets something that waits for its time begin sooner. */
export interface Doorbell {
  ring(): void
  /** Forgets all rings so far: whoever looks now sees what they were about. */
  hush(): void
  /**
   * Resolves at a ring, also at one that was not forgotten, when this time is over, or at the signal; to
   * whether somebody rang.
   */
  wait(milliseconds: number, signal: AbortSignal): Promise<boolean>
}

export function openDoorbell(): Doorbell {
  let isRung = false
  const waiting = new Set<() => void>()
  return {
    ring() {
      isRung = true
      for (const wake of waiting) wake()
    },
    hush() {
      isRung = false
    },
    wait(milliseconds, signal) {
      if (signal.aborted) return Promise.resolve(false)
      return new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(limit)
          signal.removeEventListener('abort', wake)
          waiting.delete(wake)
          resolve(isRung && !signal.aborted)
        }
        const limit = setTimeout(wake, milliseconds)
        signal.addEventListener('abort', wake)
        waiting.add(wake)
        if (isRung) wake()
      })
    },
  }
}
