import type { ProvisionError } from '@kontena/core'

/** An order that did not come to what was asked. With `--json` its outcome and its error are one line, the last. */
export class OrderFailure extends Error {
  static {
    OrderFailure.prototype.name = 'OrderFailure'
  }
  readonly failure: ProvisionError
  readonly outcome: object

  constructor(failure: ProvisionError, outcome: object) {
    super(failure.message, { cause: failure })
    this.failure = failure
    this.outcome = outcome
  }
}
