import { roleNames } from '@kontena/protocol'
import { z } from 'zod'
import type { SessionRecord, TokenRecord, UserRecord } from '../records.ts'
import { json, optional, strings, time } from './rows.ts'

/** To be selected from a join in which `users` is one table. */
export const userColumns = `users.id, users.email, users.name, users.roles, users.external_id,
  users.invite_hash, users.invited_by, users.created_at,
  (SELECT json_group_array(grid) FROM grid_members WHERE user_id = users.id) AS grids`

const user = z.object({
  id: z.string(),
  email: z.string(),
  name: optional(z.string()),
  roles: json(z.array(z.enum(roleNames))),
  grids: strings,
  external_id: optional(z.string()),
  invite_hash: optional(z.string()),
  invited_by: optional(z.string()),
  created_at: time,
})

export const userRow = user.transform(userOf)

function userOf(row: z.infer<typeof user>): UserRecord {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    roles: row.roles,
    grids: row.grids,
    externalId: row.external_id,
    isInvited: row.invite_hash !== undefined,
    invitedBy: row.invited_by,
    createdAt: row.created_at,
  }
}

export const sessionColumns = `access_tokens.id AS token_id, scopes, description,
  access_tokens.expires_at, ${userColumns}`

export const sessionRow = user
  .extend({
    token_id: z.string(),
    scopes: z.string(),
    description: optional(z.string()),
    expires_at: optional(time),
  })
  .transform(
    (row): SessionRecord => ({
      id: row.token_id,
      user: userOf(row),
      scopes: row.scopes,
      description: row.description,
      expiresAt: row.expires_at,
    }),
  )

export const tokenColumns = `access_tokens.id, user_id, users.email, users.name, code_hash, scopes,
  description, token_last_four, refresh_last_four, access_tokens.expires_at, access_tokens.created_at`

export const tokenRow = z
  .object({
    id: z.string(),
    user_id: z.string(),
    email: z.string(),
    name: optional(z.string()),
    code_hash: optional(z.string()),
    scopes: z.string(),
    description: optional(z.string()),
    token_last_four: optional(z.string()),
    refresh_last_four: optional(z.string()),
    expires_at: optional(time),
    created_at: time,
  })
  .transform(
    (row): TokenRecord => ({
      id: row.id,
      user: { id: row.user_id, email: row.email, name: row.name },
      kind: row.code_hash === undefined ? 'token' : 'code',
      scopes: row.scopes,
      description: row.description,
      tokenLastFour: row.token_last_four,
      refreshLastFour: row.refresh_last_four,
      expiresAt: row.expires_at,
      createdAt: row.created_at,
    }),
  )

/** What the exchange of a one-time secret needs to know of it. */
export const usedRow = z.object({
  user_id: z.string(),
  scopes: z.string(),
  description: optional(z.string()),
  lifetime: optional(z.number()),
  expires_at: optional(time),
})
