export interface QuietMoment {
  /** Calls back at the next one, unless that is planned already. */
  await(): void
  /** No more need of the one that is planned. */
  forget(): void
}

/** Turns of the event loop in which nothing came. Without any work they take some 50 µs in all. */
const quietTurns = 8

/** Milliseconds after which it is time though more comes. */
const longestWait = 10

/**
 * Finds the moment when what comes in a row has come. Node takes one new connection in a turn of the
 * event loop (github.com/libuv/libuv/pull/3696), so that work which is done in the very turn it comes in
 * is done for one connection at a time, however many wait.
 */
export function quietMoment(callback: () => void, count: () => number): QuietMoment {
  let next: NodeJS.Immediate | undefined
  let known = 0
  let quiet = 0
  let latest = 0

  function turn(): void {
    next = undefined
    quiet = count() === known ? quiet + 1 : 0
    known = count()
    if (quiet >= quietTurns || performance.now() >= latest) callback()
    else next = setImmediate(turn)
  }

  return {
    await: () => {
      if (next !== undefined) return
      quiet = 0
      known = count()
      latest = performance.now() + longestWait
      next = setImmediate(turn)
    },
    forget: () => {
      clearImmediate(next)
      next = undefined
    },
  }
}
