import { sleep } from './wait.ts'

/** Tells that there may be something to see. What rings at once is heard as one. */
export interface Doorbell {
  ring(): void
  /** Whether it has rung since it was last answered. */
  hasRung(): boolean
  answer(): void
  /** Sleeps until it has rung, for so many milliseconds at most. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
  /** It rings no more. */
  mute(): void
}

/** @param gathering milliseconds from the first ring until it is heard */
export function openDoorbell(gathering: number): Doorbell {
  let hasRung = false
  let timer: NodeJS.Timeout | undefined
  let isMute = false
  let wake: (() => void) | undefined

  return {
    hasRung: () => hasRung,
    answer: () => {
      hasRung = false
    },
    ring: () => {
      if (isMute) return
      timer ??= setTimeout(() => {
        timer = undefined
        hasRung = true
        wake?.()
      }, gathering)
    },
    wait: async (milliseconds, signal) => {
      if (hasRung) return signal.throwIfAborted()
      const early = new AbortController()
      wake = () => early.abort()
      try {
        await sleep(milliseconds, AbortSignal.any([signal, early.signal]))
      } catch (error) {
        if (signal.aborted || !early.signal.aborted) throw error
      } finally {
        wake = undefined
      }
    },
    mute: () => {
      isMute = true
      clearTimeout(timer)
    },
  }
}
