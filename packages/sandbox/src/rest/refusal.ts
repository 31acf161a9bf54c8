/** A call that a cloud turns down, as its error document says it. */
export class Refusal extends Error {
  static {
    Refusal.prototype.name = 'Refusal'
  }
  readonly status: number
  /** The cloud's own word for what is wrong. */
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent in place of the cloud's usual error document, where this one has another. */
  readonly body: unknown

  constructor(status: number, code: string, message: string, details: RefusalDetails = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = details.headers ?? {}
    this.body = details.body
  }
}

export interface RefusalDetails {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: unknown
}
