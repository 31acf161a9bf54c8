/**
 * How a request failed. `refused`: the API answered with a status of 400 or above. `unreadable`: it
 * answered, but not in words of the API. `timeout`, `network`: no answer came, so that the request may or
 * may not have been carried out.
 */
export type UpcloudErrorKind = 'refused' | 'unreadable' | 'timeout' | 'network'

/** One parameter that the API does not accept. */
export interface InvalidParam {
  readonly name: string
  readonly reason: string
}

export interface UpcloudErrorDetails extends ErrorOptions {
  readonly kind: UpcloudErrorKind
  readonly status?: number | undefined
  readonly code?: string | undefined
  readonly correlationId?: string | undefined
  readonly invalidParams?: readonly InvalidParam[]
  readonly retryAfter?: number | undefined
}

/** Whatever went wrong with a request, except that the caller's own signal cut it off. */
export class UpcloudError extends Error {
  static {
    UpcloudError.prototype.name = 'UpcloudError'
  }
  readonly kind: UpcloudErrorKind
  /** HTTP status; undefined where no answer came. */
  readonly status: number | undefined
  /**
   * The API's code, as in `SERVER_NOT_FOUND`, in whichever of its two shapes it came; Node's, as in
   * `ECONNREFUSED`, where no answer came; empty where nobody told one.
   */
  readonly code: string
  /** What UpCloud's support asks for. */
  readonly correlationId: string | undefined
  readonly invalidParams: readonly InvalidParam[]
  /** Milliseconds after which the API said to ask again. */
  readonly retryAfter: number | undefined

  /** @param message in which no credential stands */
  constructor(message: string, details: UpcloudErrorDetails) {
    super(message, details)
    this.kind = details.kind
    this.status = details.status
    this.code = details.code ?? ''
    this.correlationId = details.correlationId
    this.invalidParams = details.invalidParams ?? []
    this.retryAfter = details.retryAfter
  }
}

/** Whether this is an {@link UpcloudError}, and of one of these codes where any are given. */
export function isUpcloudError(error: unknown, ...codes: readonly string[]): error is UpcloudError {
  return error instanceof UpcloudError && (codes.length === 0 || codes.includes(error.code))
}
