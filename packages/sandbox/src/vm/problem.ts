/** Why virtual machines cannot be had here, which the person who starts the sandbox can change. */
export class BootProblem extends Error {
  static {
    BootProblem.prototype.name = 'BootProblem'
  }
  /** What to do about it. */
  readonly hint: string

  constructor(message: string, hint: string, options: ErrorOptions = {}) {
    super(message, options)
    this.hint = hint
  }
}
