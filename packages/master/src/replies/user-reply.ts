import type { Role, UserRecord } from '../store/records.ts'

const descriptions: Readonly<Record<Role, string>> = {
  master_admin: 'Administers everything on this master',
  user_admin: 'Administers users',
  grid_admin: 'Administers the grids it is a member of',
}

/** A user as the REST API shows it. */
export function userReply(user: UserRecord) {
  return {
    id: user.id,
    email: user.email,
    name: user.name ?? null,
    roles: user.roles.map((name) => ({ name, description: descriptions[name] })),
  }
}
