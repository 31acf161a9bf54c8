import type { SessionRecord, TokenRecord } from '../store/records.ts'

export interface NewSecrets {
  readonly token: string
  readonly refresh: string
}

/** A token at the only moment at which its secrets show. */
export function newTokenReply(
  session: SessionRecord,
  secrets: NewSecrets,
  { now, serverName }: { now: Date; serverName: string | undefined },
) {
  const expires = session.expiresAt
  const refresh = expires === undefined ? null : secrets.refresh
  return {
    id: session.id,
    token_type: 'bearer',
    access_token: secrets.token,
    refresh_token: refresh,
    access_token_last_four: secrets.token.slice(-4),
    refresh_token_last_four: refresh?.slice(-4) ?? null,
    expires_in: secondsUntil(expires, now),
    scopes: session.scopes,
    description: session.description ?? null,
    user: userOf(session.user),
    server: { name: serverName ?? null },
  }
}

/** A one-time code at the only moment at which it shows. */
export function newCodeReply(
  record: TokenRecord,
  code: string,
  { serverName }: { serverName: string | undefined },
) {
  return {
    id: record.id,
    grant_type: 'authorization_code',
    code,
    scopes: record.scopes,
    description: record.description ?? null,
    user: userOf(record.user),
    server: { name: serverName ?? null },
  }
}

/** A token or code as its user sees it later. */
export function tokenReply(token: TokenRecord, now: Date) {
  const common = {
    id: token.id,
    scopes: token.scopes,
    description: token.description ?? null,
    created_at: token.createdAt.toISOString(),
    expires_in: secondsUntil(token.expiresAt, now),
    user: userOf(token.user),
  }
  if (token.kind === 'code') return { ...common, grant_type: 'authorization_code' }
  return {
    ...common,
    token_type: 'bearer',
    access_token_last_four: token.tokenLastFour ?? null,
    refresh_token_last_four: token.refreshLastFour ?? null,
  }
}

/** Null means never; what has ended has no seconds left. */
function secondsUntil(end: Date | undefined, now: Date): number | null {
  if (end === undefined) return null
  return Math.max(0, Math.ceil((end.getTime() - now.getTime()) / 1000))
}

function userOf({ id, email, name }: TokenRecord['user']) {
  return { id, email, name: name ?? null }
}
