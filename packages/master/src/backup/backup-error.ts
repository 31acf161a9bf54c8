/** A backup could not be made or restored, for a reason the operator can remove. Nothing half is left. */
export class BackupError extends Error {
  static {
    BackupError.prototype.name = 'BackupError'
  }
  /** What to do next. */
  readonly hint: string

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}
