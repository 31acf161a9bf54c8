/** What may be found of a thing: its text, or undefined where it is not there. */
export type Found = string | undefined

/**
 * What a master was asked to store, by thing, and what of that may be found after it was killed: what it
 * acknowledged, or something later that it was asked for and had no time to answer.
 */
export interface Ledger {
  /** Before the request is sent. */
  ask(thing: string, value: Found): void
  /** Once it is answered. */
  acknowledge(thing: string, value: Found): void
  /** Notes what is there now, and returns the things that are not as they may be. */
  compare(found: (thing: string) => Found): string[]
  /** Resolves once this many changes were acknowledged. */
  reaches(count: number): Promise<void>
  readonly things: Iterable<string>
  readonly acknowledged: number
}

export function openLedger(): Ledger {
  const possible = new Map<string, Set<Found>>()
  const waiting: { count: number; resolve: () => void }[] = []
  let acknowledged = 0
  return {
    ask: (thing, value) => {
      const known = possible.get(thing) ?? new Set([undefined])
      possible.set(thing, known.add(value))
    },
    acknowledge: (thing, value) => {
      acknowledged += 1
      possible.set(thing, new Set([value]))
      for (const { count, resolve } of waiting) if (acknowledged >= count) resolve()
    },
    reaches: (count) =>
      new Promise((resolve) => {
        if (acknowledged >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    compare: (found) => {
      const wrong: string[] = []
      for (const [thing, values] of possible) {
        const value = found(thing)
        if (!values.has(value)) {
          wrong.push(`${thing}: found ${value}, not ${[...values].join(' or ')}`)
        }
        possible.set(thing, new Set([value]))
      }
      return wrong
    },
    get things() {
      return possible.keys()
    },
    get acknowledged() {
      return acknowledged
    },
  }
}
