/** Why something failed, as short as the system says it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (isTimeout(error) || isTimeout(error.cause)) return 'no answer in time'
  // Several addresses were tried, and each failed.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error.message
}

/** What `AbortSignal.timeout` aborts with; Node's own functions reject with another error that it caused. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}
