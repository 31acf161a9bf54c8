import type { Actor, UserRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import type { Identity } from './identity.ts'

/**
 * The user of this master whom the provider's identity belongs to: known by the id there, by an invitation
 * that was brought along, or by an address that nobody else has logged in with. Undefined for strangers. The
 * local user `admin` is nobody's at a provider.
 */
export async function userOfIdentity(
  store: Store,
  identity: Identity,
  { invitationHash, actor, now }: { invitationHash: string | undefined; actor: Actor; now: Date },
): Promise<UserRecord | undefined> {
  const link = (user: UserRecord | undefined) =>
    user === undefined || user.email === 'admin'
      ? Promise.resolve(undefined)
      : store.linkUser(user.id, identity, actor, now)
  const known = await store.userByExternalId(identity.id)
  if (known !== undefined) return link(known)
  const invited =
    invitationHash === undefined ? undefined : await store.invitedUser(invitationHash, now)
  if (invited !== undefined) return link(invited)
  const sameAddress = identity.email === undefined ? undefined : await store.user(identity.email)
  return sameAddress?.externalId === undefined ? link(sameAddress) : undefined
}
