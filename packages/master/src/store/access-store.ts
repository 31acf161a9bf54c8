import type { Actor, Role, SessionRecord, UserRecord } from './records.ts'

/** How a one-time secret (a code or a refresh token) turns into an access token. */
export interface TokenExchange {
  readonly kind: 'code' | 'refresh'
  readonly hash: string
  readonly tokenHash: string
  /** Used only where the new token expires. */
  readonly refreshHash: string
  /** Seconds that a token got by refresh lives; one got by a code lives as its code says. */
  readonly refreshLifetime: number
  readonly now: Date
}

/** Users, their one-time codes and their access tokens. */
export interface AccessStore {
  /** Undefined where the e-mail address is taken. */
  createUser(
    user: { email: string; name?: string; roles: readonly Role[] },
    actor: Actor,
    now: Date,
  ): Promise<UserRecord | undefined>
  user(email: string): Promise<UserRecord | undefined>
  /**
   * A one-time code for an access token that lives this many seconds, or for ever. Codes of the
   * same user that nobody has used die.
   */
  createCode(
    code: { userId: string; codeHash: string; lifetime: number | undefined; scopes: string },
    actor: Actor,
    now: Date,
  ): Promise<void>
  /** Undefined where the code or token is unknown or has been used. Works once. */
  exchange(exchange: TokenExchange, actor: Actor): Promise<SessionRecord | undefined>
  /** Also finds expired ones. */
  session(tokenHash: string): Promise<SessionRecord | undefined>
}
