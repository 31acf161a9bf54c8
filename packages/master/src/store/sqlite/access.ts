import type { AccessStore } from '../access-store.ts'
import type { Database } from './database.ts'
import { loginStore } from './logins.ts'
import { tokenStore } from './tokens.ts'
import { userStore } from './users.ts'

export function accessStore(database: Database): AccessStore {
  return { ...userStore(database), ...tokenStore(database), ...loginStore(database) }
}
