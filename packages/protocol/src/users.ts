import { z } from 'zod'

export const roleNames = ['master_admin', 'user_admin', 'grid_admin'] as const
export type RoleName = (typeof roleNames)[number]

/** Body of `POST /v1/users/:email/roles`. */
export const roleGrant = z.object({ role: z.enum(roleNames) })

/** A user is known by an address, which is the same in capitals. */
export const emailAddress = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'is too long')
  .regex(/^[^\s@/]+@[^\s@/]+$/, "isn't in the right format")

export const invitationCreate = z.object({
  email: emailAddress,
  username: z.string().max(254, 'is too long').optional(),
  /** The user's id at the external login provider. */
  external_id: z.string().max(254, 'is too long').optional(),
})
export type InvitationCreate = z.input<typeof invitationCreate>

export const invitation = z.object({
  email: z.string(),
  /** Shown once; good for a login at this master. */
  invite_code: z.string(),
  link: z.string().nullish(),
})
export type Invitation = z.infer<typeof invitation>

/** Body of `POST /oauth2/authorize` for a token or a code. */
export const tokenCreate = z.object({
  /** Of `user` and `owner`, with commas between them. */
  scope: z.string(),
  /** Seconds; 0 means never, and two hours where absent. */
  expires_in: z.coerce
    .number()
    .int()
    .min(0, 'is too small')
    .max(3_155_760_000, 'is too big')
    .optional(),
  description: z.string().max(254, 'is too long').optional(),
  /** E-mail address of another user, for administrators of the master. */
  user: z.string().trim().toLowerCase().optional(),
})
export type TokenCreate = z.input<typeof tokenCreate>

const tokenUser = z.object({ id: z.string(), email: z.string(), name: z.string().nullish() })

/** A one-time code, which is exchanged for a token. */
export const authorizationCode = z.object({
  id: z.string().nullish(),
  code: z.string(),
  scopes: z.string().nullish(),
  user: tokenUser.nullish(),
})
export type AuthorizationCode = z.infer<typeof authorizationCode>

/** A token or code as it is listed, without the secret. */
export const tokenInfo = z.object({
  id: z.string(),
  token_type: z.string().nullish(),
  grant_type: z.string().nullish(),
  access_token_last_four: z.string().nullish(),
  refresh_token_last_four: z.string().nullish(),
  /** Seconds; null means never. */
  expires_in: z.number().nullish(),
  scopes: z.string().nullish(),
  description: z.string().nullish(),
  created_at: z.string().nullish(),
  user: tokenUser.nullish(),
})
export type TokenInfo = z.infer<typeof tokenInfo>

/** The master's settings by key, as `server.name`. Null unsets one. */
export const masterConfiguration = z.record(z.string(), z.string().nullable())
export type MasterConfiguration = z.infer<typeof masterConfiguration>
