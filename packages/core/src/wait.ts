import { ProvisionError } from './errors.ts'

/** Resolves after so many milliseconds, or rejects at once with the signal's reason. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', stop, { once: true })
  })
}

export interface PollOptions {
  /** What is waited for in the end, as in `web-1 to be gone`; goes into the error. */
  readonly reason: string | (() => string)
  /** Milliseconds from the start of one look to the start of the next; half of it is always a pause. */
  readonly every: number
  /** Milliseconds from now until `TIMED_OUT`; without end where absent. */
  readonly timeout?: number
  readonly signal: AbortSignal
  /** Sleeps between two looks, and may wake up early where there is something to see. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/**
 * Looks again and again until there is something to see. The only loop that waits.
 * Rejects with `TIMED_OUT`, with the signal's reason, or with what the look itself throws.
 */
export async function poll<T>(
  options: PollOptions,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + (options.timeout ?? Number.POSITIVE_INFINITY)
  for (;;) {
    options.signal.throwIfAborted()
    const started = Date.now()
    const seen = await look()
    if (seen !== undefined) return seen
    const left = deadline - Date.now()
    if (left <= 0) {
      const reason = typeof options.reason === 'string' ? options.reason : options.reason()
      throw new ProvisionError('TIMED_OUT', `waited in vain for ${reason}`)
    }
    const rest = Math.max(options.every / 2, started + options.every - Date.now())
    await (options.pause ?? sleep)(Math.min(rest, left), options.signal)
  }
}
