import type { LoginStore } from './login-store.ts'
import type { TokenStore } from './token-store.ts'
import type { UserStore } from './user-store.ts'

/** Who may use this master, and what they prove it with. */
export interface AccessStore extends UserStore, TokenStore, LoginStore {}
