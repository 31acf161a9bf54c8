import type { User } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findGrid, ofUser } from '../master/find-on-master.ts'
import { type MasterSession, openMasterSession, requireGrid } from '../master/master-session.ts'
import { printTable } from '../output/print-table.ts'
import { spin } from '../output/spinner.ts'

export interface GridUserOptions {
  email: string
  grid?: string
}

/** Users who are members of a grid. */
export async function listGridUsers(
  options: { quiet?: boolean; grid?: string },
  context: Context,
): Promise<void> {
  const { session, grid } = await openGrid(options, context)
  const users = await session.client.gridUsers(grid, context.signal)
  if (context.json) return context.printJson(users)
  printTable(
    context,
    { headings: ['EMAIL', 'NAME'], rows: users.map((user) => [user.email, user.name ?? '']) },
    options.quiet ? { names: users.map(({ email }) => email) } : undefined,
  )
}

/** Makes a user of the master a member of a grid. */
export async function addGridUser(options: GridUserOptions, context: Context): Promise<void> {
  const { session, grid } = await openGrid(options, context)
  const users = await spin(context, `Adding ${options.email} to ${grid} grid`, () =>
    ofUser(options.email, () => session.client.addGridUser(grid, options.email, context.signal)),
  )
  printUsers(users, context)
}

/** Ends a membership; the user stays one of the master. */
export async function removeGridUser(
  options: GridUserOptions & { force?: boolean },
  context: Context,
): Promise<void> {
  const { session, grid } = await openGrid(options, context)
  const { email } = options
  await context.confirm(email, { force: options.force === true })
  const users = await spin(context, `Removing ${email} from ${grid} grid`, () =>
    ofUser(email, () => session.client.removeGridUser(grid, email, context.signal)),
  )
  printUsers(users, context)
}

async function openGrid(
  options: { grid?: string },
  context: Context,
): Promise<{ session: MasterSession; grid: string }> {
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  await findGrid(session, grid, context.signal)
  return { session, grid }
}

function printUsers(users: readonly User[], context: Context): void {
  if (context.json) context.printJson(users)
}
