/** A call that a cloud turns down, as its error document says it. */
export class Refusal extends Error {
  static {
    Refusal.prototype.name = 'Refusal'
  }
  readonly status: number
  /** The cloud's own word for what is wrong. */
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}
