import type { Actor, Role, UserRecord } from './records.ts'

export interface NewUser {
  readonly email: string
  readonly name?: string | undefined
  readonly roles: readonly Role[]
}

export interface NewInvitation {
  readonly email: string
  readonly name?: string | undefined
  /** The user's id at the external login provider, where it is known before the first login. */
  readonly externalId?: string | undefined
  readonly codeHash: string
  /** When the code is no longer good. */
  readonly expiresAt: Date
}

/** Users, by their e-mail addresses, and invitations to become one. */
export interface UserStore {
  /** Undefined where the e-mail address is taken. */
  createUser(user: NewUser, actor: Actor, now: Date): Promise<UserRecord | undefined>
  user(email: string): Promise<UserRecord | undefined>
  userByExternalId(id: string): Promise<UserRecord | undefined>
  /** By e-mail address. */
  users(): Promise<UserRecord[]>
  /**
   * Ends the user's tokens and memberships too. `last-admin`: without this one nobody could administer
   * the master.
   */
  removeUser(email: string, actor: Actor, now: Date): Promise<'removed' | 'missing' | 'last-admin'>
  /**
   * A role that the user has already: nothing happens. Undefined for no such user. `not-joined`: somebody else
   * invited the user, knows the code, and would get the role with it.
   */
  grantRole(
    email: string,
    role: Role,
    actor: Actor,
    now: Date,
  ): Promise<UserRecord | 'not-joined' | undefined>
  revokeRole(
    email: string,
    role: Role,
    actor: Actor,
    now: Date,
  ): Promise<UserRecord | 'missing' | 'without-role' | 'last-admin'>
  /**
   * Makes the user who is to come. One who has been invited before gets the new code in place of the old
   * one; `joined`: there is such a user already, who needs none. `id-taken`: another has the external id.
   */
  invite(
    invitation: NewInvitation,
    actor: Actor,
    now: Date,
  ): Promise<UserRecord | 'joined' | 'id-taken'>
  /** Whom a code that is still good invites. */
  invitedUser(codeHash: string, now: Date): Promise<UserRecord | undefined>
  /**
   * The user has logged in at the external provider: the id there is theirs from now on, and an
   * invitation is accepted. Undefined where the user is gone or has another id, or another one has that id.
   */
  linkUser(
    userId: string,
    external: { readonly id: string; readonly name?: string | undefined },
    actor: Actor,
    now: Date,
  ): Promise<UserRecord | undefined>
}
