import { randomUUID } from 'node:crypto'
import type { Actor, SessionRecord } from '../records.ts'
import type { NewCode, NewToken, TokenExchange, TokenStore } from '../token-store.ts'
import {
  sessionColumns,
  sessionRow,
  tokenColumns,
  tokenRow,
  usedRow,
  userColumns,
  userRow,
} from './access-rows.ts'
import type { Database } from './database.ts'
import { type Change, recordChange } from './record-change.ts'
import { untilCommit } from './until-commit.ts'

const tokensOfUsers = 'access_tokens JOIN users ON users.id = user_id'

/** What one gets who was invited. */
const invitedScopes = 'user'

const events = {
  code: 'log in',
  refresh: 'renew token',
  invitation: 'accept invitation',
} as const

export function tokenStore(database: Database): TokenStore {
  const sessionBy = (column: 'access_tokens.id' | 'token_hash', value: string) =>
    database.get(
      sessionRow,
      `SELECT ${sessionColumns} FROM ${tokensOfUsers} WHERE ${column} = ?`,
      value,
    )
  const tokenBy = (column: 'id' | 'token_hash', value: string) =>
    database.get(
      tokenRow,
      `SELECT ${tokenColumns} FROM ${tokensOfUsers} WHERE access_tokens.${column} = ?`,
      value,
    )
  const session = untilCommit(database, (hash) => sessionBy('token_hash', hash))
  const stored = (id: string): SessionRecord => {
    const session = sessionBy('access_tokens.id', id)
    if (session === undefined) throw new Error(`token ${id} was not stored`)
    return session
  }

  return {
    createCode: (code, actor, now) =>
      database.write(() => {
        const id = insertCode(database, code, now)
        const made = tokenBy('id', id)
        if (made === undefined) throw new Error(`code ${id} was not stored`)
        record(database, { type: 'token:created', event: 'create code', ...made }, actor, now)
        return made
      }),

    createToken: (token, actor, now) =>
      database.write(() => {
        const session = stored(insertToken(database, token, now))
        record(database, { type: 'token:created', event: 'create token', ...session }, actor, now)
        return session
      }),

    exchange: (exchange, actor) =>
      database.write(() => {
        const grant = useUp(database, exchange)
        if (grant === undefined) return undefined
        const { token, refresh, now } = exchange
        const session = stored(insertToken(database, { ...grant, token, refresh }, now))
        const { id, email } = session.user
        const change = { type: 'token:created', event: events[exchange.kind], ...session } as const
        record(database, change, { ...actor, user: { id, email } }, now)
        return session
      }),

    session: async (tokenHash) => session(tokenHash),

    tokens: async (userId) =>
      database.all(
        tokenRow,
        `SELECT ${tokenColumns} FROM ${tokensOfUsers} WHERE user_id = ?
         ORDER BY access_tokens.created_at, access_tokens.rowid`,
        userId,
      ),

    token: async (key) => ('id' in key ? tokenBy('id', key.id) : tokenBy('token_hash', key.hash)),

    forgetTokens: (expiredBefore) =>
      database.write(() => {
        database.run('DELETE FROM access_tokens WHERE expires_at < ?', expiredBefore.getTime())
      }),

    removeToken: (id, actor, now) =>
      database.write(() => {
        const token = tokenBy('id', id)
        if (token === undefined) return false
        database.run('DELETE FROM access_tokens WHERE id = ?', id)
        record(database, { type: 'token:removed', event: 'remove token', ...token }, actor, now)
        return true
      }),
  }
}

type Grant = Pick<NewToken, 'userId' | 'lifetime' | 'scopes' | 'description'>

/** Ends the one-time secret and says what it was good for. */
function useUp(database: Database, exchange: TokenExchange): Grant | undefined {
  const { kind, hash, lifetime, now } = exchange
  if (kind === 'invitation') return acceptInvitation(database, exchange)
  const column = kind === 'code' ? 'code_hash' : 'refresh_hash'
  const used = database.get(
    usedRow,
    `DELETE FROM access_tokens WHERE ${column} = ? RETURNING *`,
    hash,
  )
  if (used === undefined) return undefined
  // Of a token this is its own end, which its refresh token outlives.
  if (kind === 'code' && used.expires_at !== undefined && used.expires_at <= now) return undefined
  return {
    userId: used.user_id,
    lifetime: kind === 'code' ? used.lifetime : lifetime,
    scopes: used.scopes,
    description: used.description,
  }
}

function acceptInvitation(
  database: Database,
  { hash, lifetime, now }: TokenExchange,
): Grant | undefined {
  const user = database.get(
    userRow,
    `SELECT ${userColumns} FROM users WHERE invite_hash = ? AND invite_expires_at > ?`,
    hash,
    now.getTime(),
  )
  if (user === undefined) return undefined
  database.run(
    'UPDATE users SET invite_hash = NULL, invite_expires_at = NULL WHERE id = ?',
    user.id,
  )
  return { userId: user.id, lifetime, scopes: invitedScopes }
}

function insertCode(database: Database, code: NewCode, now: Date): string {
  const id = randomUUID()
  const dead = code.replacesUnused ? 'true' : 'expires_at <= ?'
  database.run(
    `DELETE FROM access_tokens WHERE user_id = ? AND code_hash IS NOT NULL AND ${dead}`,
    code.userId,
    ...(code.replacesUnused ? [] : [now.getTime()]),
  )
  database.run(
    `INSERT INTO access_tokens
       (id, user_id, code_hash, lifetime, expires_at, scopes, description, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    code.userId,
    code.codeHash,
    code.lifetime ?? null,
    code.goodUntil?.getTime() ?? null,
    code.scopes,
    code.description ?? null,
    now.getTime(),
  )
  return id
}

function insertToken(database: Database, wanted: NewToken, now: Date): string {
  const { userId, token, lifetime, scopes, description } = wanted
  const id = randomUUID()
  const refresh = lifetime === undefined ? undefined : wanted.refresh
  database.run(
    `INSERT INTO access_tokens (id, user_id, token_hash, token_last_four, refresh_hash,
       refresh_last_four, lifetime, expires_at, scopes, description, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    userId,
    token.hash,
    token.lastFour,
    refresh?.hash ?? null,
    refresh?.lastFour ?? null,
    lifetime ?? null,
    lifetime === undefined ? null : now.getTime() + lifetime * 1000,
    scopes,
    description ?? null,
    now.getTime(),
  )
  return id
}

function record(
  database: Database,
  {
    user,
    description,
    scopes,
    ...change
  }: Pick<Change, 'type' | 'event'> &
    Pick<SessionRecord, 'scopes' | 'description'> & { readonly user: { readonly email: string } },
  actor: Actor,
  now: Date,
): void {
  const { type, event } = change
  const about = { scopes, description }
  const resource = { type: 'user', name: user.email }
  const isEnd = type === 'token:removed'
  const what = isEnd ? { before: about } : { after: about }
  recordChange(database, { type, event, resource, ...what }, actor, now)
}
