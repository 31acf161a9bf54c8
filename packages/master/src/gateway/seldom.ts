export interface SeldomOptions {
  readonly clock: () => Date
  /** Milliseconds in which the same is only counted. */
  readonly quiet: number
  /** Things remembered at once; the oldest go first. */
  readonly most: number
}

/** Lets what happens again and again be told now and then. */
export interface Seldom {
  /** How often it has happened since it was told last, this time included; undefined where it is not to be told yet. */
  tell(what: string): number | undefined
  forget(what: string): void
}

export function seldom({ clock, quiet, most }: SeldomOptions): Seldom {
  const told = new Map<string, { since: number; times: number }>()
  return {
    tell: (what) => {
      const last = told.get(what)
      const now = clock().getTime()
      // A clock that was set back must not keep it untold until it is where it was.
      if (last !== undefined && Math.abs(now - last.since) < quiet) {
        last.times += 1
        return undefined
      }
      told.delete(what)
      told.set(what, { since: now, times: 0 })
      const [oldest] = told.keys()
      if (told.size > most && oldest !== undefined) told.delete(oldest)
      return (last?.times ?? 0) + 1
    },
    forget: (what) => void told.delete(what),
  }
}
