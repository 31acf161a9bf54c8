export interface ApiErrorDetails {
  /** Absent where there was no answer. */
  readonly status?: number
  /** DigitalOcean's own word for the kind, as in `unprocessable_entity`. */
  readonly id?: string
  /** What became of the request on its way, as in `ECONNRESET`. */
  readonly transport?: string
  /** Milliseconds after which to ask again. */
  readonly retryAfter?: number | undefined
}

/**
 * What DigitalOcean, or the way to it, said instead of an answer. Its text is not for people. It holds
 * nothing of the request, so that the token is in no cause of any error.
 */
export class ApiError extends Error {
  static {
    ApiError.prototype.name = 'ApiError'
  }
  readonly status: number | undefined
  readonly id: string
  readonly transport: string | undefined
  readonly retryAfter: number | undefined

  constructor(message: string, details: ApiErrorDetails) {
    super(message)
    this.status = details.status
    this.id = details.id ?? ''
    this.transport = details.transport
    this.retryAfter = details.retryAfter
  }
}
