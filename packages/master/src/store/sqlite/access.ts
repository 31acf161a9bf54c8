import { randomUUID } from 'node:crypto'
import type { AccessStore, TokenExchange } from '../access-store.ts'
import type { SessionRecord, UserRecord } from '../records.ts'
import type { Database } from './database.ts'
import { recordChange } from './record-change.ts'
import { type SessionRow, sessionRow, userRow } from './rows.ts'

const userColumns = `users.id, email, name, roles, external_id, invite_hash, created_at, (
  SELECT json_group_array(grid) FROM grid_members WHERE user_id = users.id
) AS grids`

/** Users, codes and access tokens. */
export function accessStore(database: Database): AccessStore {
  const userBy = (column: 'id' | 'email', value: string): UserRecord | undefined =>
    database.get(userRow, `SELECT ${userColumns} FROM users WHERE ${column} = ?`, value)

  return {
    createUser: async (user, actor, now) =>
      database.write(() => {
        if (userBy('email', user.email) !== undefined) return undefined
        const id = randomUUID()
        database.run(
          'INSERT INTO users (id, email, name, roles, created_at) VALUES (?, ?, ?, ?, ?)',
          id,
          user.email,
          user.name ?? null,
          JSON.stringify(user.roles),
          now.getTime(),
        )
        recordChange(
          database,
          {
            type: 'user:created',
            event: 'create user',
            resource: { type: 'user', name: user.email },
            after: { roles: user.roles },
          },
          actor,
          now,
        )
        return userBy('id', id)
      }),

    user: async (email) => userBy('email', email),

    createCode: async (code, actor, now) =>
      database.write(() => {
        database.run(
          'DELETE FROM access_tokens WHERE user_id = ? AND code_hash IS NOT NULL',
          code.userId,
        )
        database.run(
          `INSERT INTO access_tokens (id, user_id, code_hash, lifetime, scopes, created_at)
           VALUES (?, ?, ?, ?, ?, ?)`,
          randomUUID(),
          code.userId,
          code.codeHash,
          code.lifetime ?? null,
          code.scopes,
          now.getTime(),
        )
        const resource = { type: 'user', name: code.userId }
        recordChange(
          database,
          { type: 'token:created', event: 'create code', resource },
          actor,
          now,
        )
      }),

    exchange: async (exchange, actor) =>
      database.write(() => {
        const session = replaceToken(database, exchange)
        if (session === undefined) return undefined
        const user = userBy('id', session.user_id)
        if (user === undefined) return undefined
        recordChange(
          database,
          {
            type: 'token:created',
            event: 'log in',
            resource: { type: 'user', name: user.email },
          },
          { ...actor, user: { id: user.id, email: user.email } },
          exchange.now,
        )
        return asSession(session, user)
      }),

    session: async (tokenHash) => {
      const session = database.get(
        sessionRow,
        'SELECT id AS token_id, * FROM access_tokens WHERE token_hash = ?',
        tokenHash,
      )
      const user = session === undefined ? undefined : userBy('id', session.user_id)
      return session === undefined || user === undefined ? undefined : asSession(session, user)
    },
  }
}

/** Uses the code or refresh token up and puts a new access token in its place. */
function replaceToken(database: Database, exchange: TokenExchange) {
  const column = exchange.kind === 'code' ? 'code_hash' : 'refresh_hash'
  const used = database.get(
    sessionRow,
    `DELETE FROM access_tokens WHERE ${column} = ? RETURNING id AS token_id, *`,
    exchange.hash,
  )
  if (used === undefined) return undefined
  const lifetime = exchange.kind === 'code' ? used.lifetime : exchange.refreshLifetime
  const expires = lifetime === undefined ? null : exchange.now.getTime() + lifetime * 1000
  const id = randomUUID()
  database.run(
    `INSERT INTO access_tokens
       (id, user_id, token_hash, refresh_hash, lifetime, expires_at, scopes, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    used.user_id,
    exchange.tokenHash,
    expires === null ? null : exchange.refreshHash,
    lifetime ?? null,
    expires,
    used.scopes,
    exchange.now.getTime(),
  )
  return database.get(sessionRow, 'SELECT id AS token_id, * FROM access_tokens WHERE id = ?', id)
}

function asSession(session: SessionRow, user: UserRecord): SessionRecord {
  return {
    id: session.token_id,
    user,
    scopes: session.scopes,
    expiresAt: session.expires_at,
  }
}
