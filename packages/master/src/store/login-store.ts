/** A login that somebody began in a browser and is to end at the external login provider. */
export interface LoginRecord {
  /** Of the `state` that goes to the provider and comes back. */
  readonly stateHash: string
  /** The secret of PKCE (RFC 7636), which the provider must be shown. Sealed in the database. */
  readonly verifier: string
  /** Where the provider was told to send the browser, which it must be told again. */
  readonly callback: string
  /** Where the browser goes in the end. */
  readonly redirectUri: string
  readonly invitationHash: string | undefined
  /** Seconds that the access token is to live. */
  readonly lifetime: number | undefined
  readonly expiresAt: Date
}

export interface LoginStore {
  /**
   * Forgets those that nobody came back to, and the oldest of ten thousand and more, so that the database
   * stays bounded.
   */
  beginLogin(login: LoginRecord, now: Date): Promise<void>
  /** Works once. Undefined where there is none, or it took too long. */
  endLogin(stateHash: string, now: Date): Promise<LoginRecord | undefined>
}
