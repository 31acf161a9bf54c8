import type { Role, UserRecord } from '../../src/store/records.ts'
import type { Store } from '../../src/store/store.ts'
import type { TokenExchange } from '../../src/store/token-store.ts'
import { actor, now } from './sample-records.ts'

export async function makeUser(
  store: Store,
  email = 'jo@example.com',
  roles: readonly Role[] = [],
): Promise<UserRecord> {
  const user = await store.createUser({ email, roles }, actor, now)
  if (user === undefined) throw new Error(`user ${email} exists`)
  return user
}

/** Exchanges the secret with this hash for the token `made`. */
export function exchange(
  store: Store,
  kind: TokenExchange['kind'],
  hash: string,
  made: string,
  at = now,
) {
  const print = (secret: string) => ({ hash: secret, lastFour: secret.slice(-4) })
  const prints = { token: print(made), refresh: print(`${made}-refresh`) }
  return store.exchange({ kind, hash, ...prints, lifetime: 7_200, now: at }, actor)
}
