import * as rest from '../rest.ts'
import type { Call } from './requester.ts'

/** Who may do what: logging in, users, and their tokens. */
export function accessCalls(call: Call) {
  return {
    /** Exchanges a one-time code for an access token. */
    login: (code: string, signal?: AbortSignal) =>
      call('/oauth2/token', rest.accessToken, {
        method: 'POST',
        body: { grant_type: 'authorization_code', code },
        signal,
      }),
    user: (signal?: AbortSignal) => call('/v1/user', rest.user, { signal }),
  }
}
