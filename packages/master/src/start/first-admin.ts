import { hashSecret, randomHex } from '../secrets/secrets.ts'
import type { Actor } from '../store/records.ts'
import type { Store } from '../store/store.ts'

const system: Actor = { address: 'local' }

/**
 * Makes the user `admin` with a one-time code for an access token that never expires. Resolves to
 * the code, which is stored nowhere, or to undefined where the user exists.
 */
export async function createFirstAdmin(
  store: Store,
  wanted: string | undefined,
  now: Date,
): Promise<string | undefined> {
  const admin = { email: 'admin', name: 'admin', roles: ['master_admin'] as const }
  const user = await store.createUser(admin, system, now)
  return user === undefined ? undefined : makeCode(store, user.id, wanted ?? randomHex(16), now)
}

/** A new code; the last one, if nobody has used it, is dead. Tokens that are in use stay good. */
export async function replaceAdminCode(store: Store, now: Date): Promise<string | undefined> {
  const user = await store.user('admin')
  return user === undefined ? undefined : makeCode(store, user.id, randomHex(16), now)
}

async function makeCode(store: Store, userId: string, code: string, now: Date): Promise<string> {
  const codeHash = hashSecret(code)
  const scopes = 'user,owner'
  const grant = { userId, lifetime: undefined, scopes }
  await store.createCode({ ...grant, codeHash, replacesUnused: true }, system, now)
  return code
}
