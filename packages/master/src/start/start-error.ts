/** The master could not start, for a reason the operator can remove. */
export class MasterStartError extends Error {
  static {
    MasterStartError.prototype.name = 'MasterStartError'
  }
  /** What to do next. */
  readonly hint: string

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}

/** The code of a system or SQLite error, as `EACCES` or `SQLITE_BUSY`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
