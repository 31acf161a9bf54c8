/** What a route answers instead of its result: a status and a body, in the shapes of the 1.5 API. */
export class Refusal extends Error {
  static {
    Refusal.prototype.name = 'Refusal'
  }
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`refused with ${status}`)
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export function notFound(what = 'Not found'): Refusal {
  return new Refusal(404, { error: what })
}

export function accessDenied(): Refusal {
  return new Refusal(403, { error: 'Access denied' })
}

/** A message per field, as `kontena` shows them. */
export function invalid(fields: Readonly<Record<string, unknown>>): Refusal {
  return new Refusal(422, { error: fields })
}

export function conflict(fields: Readonly<Record<string, string>>): Refusal {
  return new Refusal(409, { error: fields })
}
