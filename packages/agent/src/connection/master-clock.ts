/** Compares this host's clock with the master's, which it says whenever a connection opens. */
export interface MasterClock {
  /** Takes the time that the master told, and the milliseconds that its answer took at most. */
  hear(time: string | undefined, took: number): void
  /** Milliseconds that this host's clock is ahead of the master's, also after it was set; undefined before the first word. */
  offset(): number | undefined
}

export interface Clocks {
  /** Milliseconds since 1970, as this host believes. */
  readonly now: () => number
  /** Milliseconds of a clock that never jumps. */
  readonly steady: () => number
}

const usual: Clocks = { now: () => Date.now(), steady: () => performance.now() }

export function openMasterClock({ now, steady }: Clocks = usual): MasterClock {
  let heard: { readonly time: number; readonly at: number; readonly doubt: number } | undefined
  return {
    hear(text, took) {
      const time = Date.parse(text ?? '')
      // The answer was on its way for a part of that time, nobody knows which.
      if (!Number.isNaN(time)) heard = { time, at: steady() - took / 2, doubt: took / 2 }
    },
    offset() {
      if (heard === undefined) return undefined
      const difference = now() - (heard.time + steady() - heard.at)
      return Math.sign(difference) * Math.max(0, Math.abs(difference) - heard.doubt)
    },
  }
}
