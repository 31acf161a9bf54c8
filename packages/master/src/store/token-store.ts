import type { Actor, SessionRecord, TokenRecord } from './records.ts'

/** What is kept of a secret: enough to know it again, and to tell it from others on a list. */
export interface SecretPrint {
  readonly hash: string
  readonly lastFour: string
}

/** How a one-time secret (a code, a refresh token, an invitation) turns into an access token. */
export interface TokenExchange {
  readonly kind: 'code' | 'refresh' | 'invitation'
  /** Of the secret that is used up. */
  readonly hash: string
  readonly token: SecretPrint
  /** Used only where the new token expires. */
  readonly refresh: SecretPrint
  /** Seconds that the new token lives; one got by a code lives as its code says. */
  readonly lifetime: number
  readonly now: Date
}

interface Grant {
  readonly userId: string
  /** Seconds that the token lives; for ever where absent. */
  readonly lifetime: number | undefined
  readonly scopes: string
  readonly description?: string | undefined
}

export interface NewCode extends Grant {
  readonly codeHash: string
  /** When the code is no longer good; never where absent. */
  readonly goodUntil?: Date | undefined
  /** Codes of the same user that nobody has used die. */
  readonly replacesUnused?: boolean
}

export interface NewToken extends Grant {
  readonly token: SecretPrint
  /** Used only where the token expires. */
  readonly refresh: SecretPrint
}

/** Access tokens, and one-time codes for them. Of all secrets only prints are stored. */
export interface TokenStore {
  createCode(code: NewCode, actor: Actor, now: Date): Promise<TokenRecord>
  createToken(token: NewToken, actor: Actor, now: Date): Promise<SessionRecord>
  /** Undefined where the secret is unknown, too old, or has been used. Works once. */
  exchange(exchange: TokenExchange, actor: Actor): Promise<SessionRecord | undefined>
  /** Also finds expired ones. Asked at every request. */
  session(tokenHash: string): Promise<SessionRecord | undefined>
  /** Of one user, the oldest first. */
  tokens(userId: string): Promise<TokenRecord[]>
  /** By its id, or by the hash of the token itself. */
  token(key: { readonly id: string } | { readonly hash: string }): Promise<TokenRecord | undefined>
  /** With its refresh token. False where there is no such token any more. */
  removeToken(id: string, actor: Actor, now: Date): Promise<boolean>
  /** Forgets codes and tokens that expired by then, and with the tokens what would have renewed them. */
  forgetTokens(expiredBefore: Date): Promise<void>
}
