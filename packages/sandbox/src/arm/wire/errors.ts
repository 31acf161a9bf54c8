/** What is wrong, as Azure Resource Manager nests it. */
export interface ErrorDetail {
  readonly code: string
  readonly message: string
  readonly target?: string | undefined
  readonly details?: readonly ErrorDetail[] | undefined
}

interface Refusal extends ErrorDetail {
  readonly status?: number
  /** Seconds, told in a header. */
  readonly retryAfter?: number | undefined
}

/** A refusal in Azure's own words. */
export class ArmError extends Error {
  static {
    ArmError.prototype.name = 'ArmError'
  }
  readonly status: number
  readonly retryAfter: number | undefined
  readonly detail: ErrorDetail

  constructor({ status = 400, retryAfter, ...detail }: Refusal) {
    super(detail.message)
    this.status = status
    this.retryAfter = retryAfter
    this.detail = detail
  }
}

export function badRequest(code: string, message: string, target?: string): ArmError {
  return new ArmError({ code, message, target })
}

export function conflict(code: string, message: string, target?: string): ArmError {
  return new ArmError({ status: 409, code, message, target })
}

export function notFound(code: string, message: string): ArmError {
  return new ArmError({ status: 404, code, message })
}
