/** Seconds that an access token lives where nobody asked for more or less, as in 1.5. */
export const tokenLifetime = 7_200

/** Milliseconds that a one-time code is good for: it is given to a program, or typed, soon. */
export const codeLifetime = 10 * 60_000

/** Milliseconds that an invitation waits for its user. */
export const invitationLifetime = 7 * 24 * 60 * 60_000
