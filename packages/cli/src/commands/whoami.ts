import type { Context } from '../context.ts'
import { openMasterSession } from '../master/master-session.ts'
import { printable } from '../output/printable.ts'

/** Prints which master, grid and user commands act as. */
export async function printIdentity(options: { token?: boolean }, context: Context): Promise<void> {
  const session = await openMasterSession(context)
  if (options.token && session.token !== undefined) return context.print(session.token)
  const { name, url, grid } = session
  const user = (await session.client.user(context.signal)).email
  if (context.json) return context.printJson({ master: name, url, grid, user })
  context.print(`Master: ${printable(name)}`)
  context.print(`URL: ${url}`)
  context.print(`Grid: ${printable(grid ?? '-')}`)
  context.print(`User: ${printable(user)}`)
}
