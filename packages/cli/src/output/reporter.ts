import type { Emit } from '@kontena/core'

/** Shows the events of an operation until it is closed. */
export interface Reporter {
  readonly emit: Emit
  /** Lets something else write, out of the way of live output. */
  above<T>(write: () => T): T
  /** Lets something else write below what was reported, which stays on the screen as it is. */
  below<T>(write: () => T): T
  /** Leaves the last state on the screen. */
  close(failed: boolean): void
}
