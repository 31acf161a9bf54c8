/** Lets a number of them go at a time; the others wait in the order they came. */
export interface Turns {
  take(begin: () => void): void
  /** Whoever had a turn gives it on. */
  leave(): void
}

export function openTurns(limit: number): Turns {
  const waiting: (() => void)[] = []
  let taken = 0
  return {
    take: (begin) => {
      if (taken === limit) {
        waiting.push(begin)
        return
      }
      taken += 1
      begin()
    },
    leave: () => {
      const next = waiting.shift()
      if (next === undefined) taken -= 1
      else next()
    },
  }
}
