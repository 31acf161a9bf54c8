/** Why something failed, as short as the system says it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  // Several addresses were tried, and each failed.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error.message
}
