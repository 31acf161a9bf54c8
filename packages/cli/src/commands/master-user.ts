import { ProvisionError } from '@kontena/core'
import { type RoleName, roleNames, type User } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { authorityHash } from '../master/authority.ts'
import { ofUser } from '../master/find-on-master.ts'
import { type MasterSession, openMasterSession } from '../master/master-session.ts'
import { printTable } from '../output/print-table.ts'
import { printable } from '../output/printable.ts'
import { spin } from '../output/spinner.ts'

/** Users of the master, with their roles. */
export async function listUsers(options: { quiet?: boolean }, context: Context): Promise<void> {
  const { client } = await openMasterSession(context)
  const users = await client.users(context.signal)
  if (context.json) return context.printJson(users)
  printTable(
    context,
    {
      headings: ['EMAIL', 'NAME', 'ROLES'],
      rows: users.map((user) => [user.email, user.name ?? '', rolesOf(user)]),
    },
    options.quiet ? { names: users.map(({ email }) => email) } : undefined,
  )
}

export interface InviteFlags {
  roles?: readonly string[]
  code?: boolean
}

/** Invites users, each by a code of their own. */
export async function inviteUsers(
  options: InviteFlags & { emails: readonly string[] },
  context: Context,
): Promise<void> {
  const roles = (options.roles ?? []).flatMap((text) => text.split(',')).map(parseRole)
  const session = await openMasterSession(context)
  for (const email of new Set(options.emails)) {
    const invited = await session.client.invite({ email }, context.signal)
    for (const role of roles) await session.client.grantRole(invited.email, role, context.signal)
    tellInvitation(
      { email: invited.email, code: invited.invite_code },
      { session, roles },
      options,
      context,
    )
  }
}

function tellInvitation(
  { email, code }: { email: string; code: string },
  { session, roles }: { session: MasterSession; roles: readonly RoleName[] },
  { code: onlyCode }: InviteFlags,
  context: Context,
): void {
  const { url, ca } = session
  const pin = ca === undefined ? '' : ` --ca-sha256 ${authorityHash(ca)}`
  const join = `kontena master join ${url} ${code}${pin}`
  if (context.json) context.printJson({ email, invite_code: code, roles, join })
  else if (onlyCode) context.print(code)
  else {
    context.say(`Invitation created for ${context.style.cyan(printable(email))}`)
    context.say(`  * code:  ${code}`)
    context.say(`  * join:  ${join}`)
  }
}

/** Removes users from the master, with their tokens. */
export async function removeUsers(
  options: { emails: readonly string[]; force?: boolean },
  context: Context,
): Promise<void> {
  const { client } = await openMasterSession(context)
  const emails = [...new Set(options.emails)]
  for (const email of emails) {
    await context.confirm(email, { force: options.force === true })
    await spin(context, `Removing user ${email}`, () =>
      ofUser(email, () => client.removeUser(email, context.signal)),
    )
  }
  if (context.json) context.printJson({ removed: emails })
}

export interface RoleOptions {
  role: string
  emails: readonly string[]
  force?: boolean
}

export async function addRole(options: RoleOptions, context: Context): Promise<void> {
  const role = parseRole(options.role)
  const { client } = await openMasterSession(context)
  await forEach(options.emails, context, async (email) =>
    spin(context, `Adding role ${role} to ${email}`, () =>
      ofUser(email, () => client.grantRole(email, role, context.signal)),
    ),
  )
}

export async function removeRole(options: RoleOptions, context: Context): Promise<void> {
  const role = parseRole(options.role)
  const { client } = await openMasterSession(context)
  await forEach(options.emails, context, async (email) => {
    await context.confirm(role, { force: options.force === true })
    return spin(context, `Removing role ${role} from ${email}`, () =>
      ofUser(email, () => client.revokeRole(email, role, context.signal)),
    )
  })
}

async function forEach(
  emails: readonly string[],
  context: Context,
  change: (email: string) => Promise<User>,
): Promise<void> {
  const users: User[] = []
  for (const email of new Set(emails)) users.push(await change(email))
  if (context.json) context.printJson(users)
}

function parseRole(text: string): RoleName {
  const role = roleNames.find((name) => name === text.trim())
  if (role !== undefined) return role
  throw new ProvisionError('BAD_OPTIONS', `there is no role ${text}`, {
    hint: `roles: ${roleNames.join(', ')}`,
  })
}

function rolesOf({ roles }: User): string {
  return roles.map(({ name }) => name).join(', ')
}
