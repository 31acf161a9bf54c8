import { Refusal } from '../rest/refusal.ts'

/** What is asked for is not there, or no longer. */
export function notFound(): Refusal {
  return new Refusal(404, 'not_found', 'The resource you were accessing could not be found.')
}

/** Nearly everything that is wrong with a request; the text alone says what. */
export function unprocessable(message: string): Refusal {
  return new Refusal(422, 'unprocessable_entity', message)
}

export function conflict(message: string): Refusal {
  return new Refusal(409, 'conflict', message)
}

export function forbidden(message = 'You are not authorized to perform this operation'): Refusal {
  return new Refusal(403, 'forbidden', message)
}

export function unauthorized(): Refusal {
  return new Refusal(401, 'unauthorized', 'Unable to authenticate you')
}

export function badRequest(): Refusal {
  return new Refusal(400, 'bad_request', 'error parsing request body')
}

/** The burst limit says when to come back, the hourly one does not. */
export function tooManyRequests(retryAfter?: number): Refusal {
  const headers: Record<string, string> = {}
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter)
  return new Refusal(429, 'too_many_requests', 'API rate limit exceeded.', { headers })
}
