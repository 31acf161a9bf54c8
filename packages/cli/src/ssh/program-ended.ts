import type { ProvisionError } from '@kontena/core'

/** A program that ran for this command ended with a code, which the command ends with as well. */
export class ProgramEnded extends Error {
  static {
    ProgramEnded.prototype.name = 'ProgramEnded'
  }
  readonly exitCode: number
  /** What there is to say about it; absent where the program itself has said it. */
  readonly failure: ProvisionError | undefined

  constructor(exitCode: number, failure?: ProvisionError) {
    super(`a program ended with code ${exitCode}`, { cause: failure })
    this.exitCode = exitCode
    this.failure = failure
  }
}
