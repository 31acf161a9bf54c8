import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Actor, Role, UserRecord } from '../records.ts'
import type { NewInvitation, NewUser, UserStore } from '../user-store.ts'
import { userColumns, userRow } from './access-rows.ts'
import type { Database, Value } from './database.ts'
import { type Change, recordChange } from './record-change.ts'

/** The local user `admin` rules without the role; one who is only invited does not rule yet. */
const administrators = `SELECT count(*) AS count FROM users WHERE invite_hash IS NULL AND email != ?
  AND (email = 'admin' OR EXISTS (SELECT 1 FROM json_each(roles) WHERE value = 'master_admin'))`

const count = z.object({ count: z.number() })

export function userStore(database: Database): UserStore {
  const select = (condition: string, ...values: Value[]): UserRecord[] =>
    database.all(userRow, `SELECT ${userColumns} FROM users ${condition} ORDER BY email`, ...values)
  const find = (column: 'id' | 'email' | 'external_id', value: string): UserRecord | undefined =>
    select(`WHERE ${column} = ?`, value)[0]
  const stored = (email: string): UserRecord => {
    const user = find('email', email)
    if (user === undefined) throw new Error(`user ${email} was not stored`)
    return user
  }
  const isOthers = (externalId: string | undefined, id: string | undefined): boolean => {
    const holder = externalId === undefined ? undefined : find('external_id', externalId)
    return holder !== undefined && holder.id !== id
  }
  const rulesAlone = (user: UserRecord): boolean =>
    isAdministrator(user) && database.get(count, administrators, user.email)?.count === 0
  const keepRoles = (user: UserRecord, roles: readonly Role[], actor: Actor, now: Date) => {
    database.run('UPDATE users SET roles = ? WHERE id = ?', JSON.stringify(roles), user.id)
    record(
      database,
      {
        type: 'user:updated',
        event: 'change roles',
        email: user.email,
        before: { roles: user.roles },
        after: { roles },
      },
      actor,
      now,
    )
    return { ...user, roles }
  }

  return {
    createUser: (user, actor, now) =>
      database.write(() => {
        if (find('email', user.email) !== undefined) return undefined
        insertUser(database, user, now)
        const { email, roles } = user
        record(
          database,
          { type: 'user:created', event: 'create user', email, after: { roles } },
          actor,
          now,
        )
        return stored(email)
      }),

    user: async (email) => find('email', email),

    userByExternalId: async (id) => find('external_id', id),

    users: async () => select(''),

    removeUser: (email, actor, now) =>
      database.write(() => {
        const user = find('email', email)
        if (user === undefined) return 'missing'
        if (rulesAlone(user)) return 'last-admin'
        // Tokens and memberships go along, as the tables say.
        database.run('DELETE FROM users WHERE id = ?', user.id)
        const { roles, grids } = user
        record(
          database,
          { type: 'user:removed', event: 'remove user', email, before: { roles, grids } },
          actor,
          now,
        )
        return 'removed'
      }),

    grantRole: (email, role, actor, now) =>
      database.write(() => {
        const user = find('email', email)
        if (user === undefined || user.roles.includes(role)) return user
        if (user.isInvited && user.invitedBy !== actor.user?.id) return 'not-joined'
        return keepRoles(user, [...user.roles, role], actor, now)
      }),

    revokeRole: (email, role, actor, now) =>
      database.write(() => {
        const user = find('email', email)
        if (user === undefined) return 'missing'
        if (!user.roles.includes(role)) return 'without-role'
        if (role === 'master_admin' && rulesAlone(user)) return 'last-admin'
        const left = user.roles.filter((other) => other !== role)
        return keepRoles(user, left, actor, now)
      }),

    invite: (invitation, actor, now) =>
      database.write(() => {
        const { email, externalId, name } = invitation
        const known = find('email', email)
        if (known?.isInvited === false) return 'joined'
        if (isOthers(externalId, known?.id)) return 'id-taken'
        if (known === undefined) insertUser(database, { ...invitation, roles: [] }, now)
        keepInvitation(database, invitation, actor)
        const change = { type: 'user:created', event: 'invite user', email } as const
        record(database, { ...change, after: { name } }, actor, now)
        return stored(email)
      }),

    invitedUser: async (codeHash, now) =>
      select('WHERE invite_hash = ? AND invite_expires_at > ?', codeHash, now.getTime())[0],

    linkUser: (userId, external, actor, now) =>
      database.write(() => {
        const user = find('id', userId)
        if (user === undefined || isOthers(external.id, userId)) return undefined
        // Two may come with one invitation, or one address, at the same time.
        if (user.externalId !== undefined && !user.isInvited) return heldBy(user, external.id)
        database.run(
          `UPDATE users SET external_id = ?, name = coalesce(name, ?), invite_hash = NULL,
             invite_expires_at = NULL WHERE id = ?`,
          external.id,
          external.name ?? null,
          userId,
        )
        const event = user.isInvited ? 'accept invitation' : 'link user'
        const { id, email } = user
        const change = { type: 'user:updated', event, email } as const
        record(database, change, { ...actor, user: { id, email } }, now)
        return find('id', userId)
      }),
  }
}

function heldBy(user: UserRecord, externalId: string): UserRecord | undefined {
  return user.externalId === externalId ? user : undefined
}

function isAdministrator(user: UserRecord): boolean {
  return !user.isInvited && (user.email === 'admin' || user.roles.includes('master_admin'))
}

function insertUser(database: Database, user: NewUser, now: Date): void {
  database.run(
    'INSERT INTO users (id, email, name, roles, created_at) VALUES (?, ?, ?, ?, ?)',
    randomUUID(),
    user.email,
    user.name ?? null,
    JSON.stringify(user.roles),
    now.getTime(),
  )
}

function keepInvitation(database: Database, invitation: NewInvitation, inviter: Actor): void {
  const { email, name, externalId, codeHash, expiresAt } = invitation
  database.run(
    `UPDATE users SET invite_hash = ?, invite_expires_at = ?, invited_by = ?,
       name = coalesce(?, name), external_id = coalesce(?, external_id) WHERE email = ?`,
    codeHash,
    expiresAt.getTime(),
    inviter.user?.id ?? null,
    name ?? null,
    externalId ?? null,
    email,
  )
}

function record(
  database: Database,
  { email, ...change }: Omit<Change, 'resource'> & { readonly email: string },
  actor: Actor,
  now: Date,
): void {
  recordChange(database, { ...change, resource: { type: 'user', name: email } }, actor, now)
}
