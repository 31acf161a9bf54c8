import { Refusal } from '../rest/refusal.ts'

/** An attribute is missing, unknown or wrong. */
export function badRequest(code: string, message: string): Refusal {
  return new Refusal(400, code, message)
}

export function forbidden(code: string, message: string): Refusal {
  return new Refusal(403, code, message)
}

export function notFound(code: string, message: string): Refusal {
  return new Refusal(404, code, message)
}

/** What is asked for does not go together with how things are. */
export function conflict(code: string, message: string): Refusal {
  return new Refusal(409, code, message)
}

/** Too soon, or too late: the state of the server forbids it. */
export function illegalState({ uuid, state }: { readonly uuid: string; readonly state: string }) {
  return conflict(
    'SERVER_STATE_ILLEGAL',
    `The operation is not allowed while the server ${uuid} is in state '${state}'.`,
  )
}
