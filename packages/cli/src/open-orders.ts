import { join } from 'node:path'
import { isOwned, listOrders, type OrderFile } from '@kontena/core'
import type { Context } from './context.ts'

/** Where the journals of this computer's orders are. */
export function ordersFolder({ home }: Context): string {
  return join(home, 'orders')
}

/**
 * One line about orders whose command died, for commands that settle none. An order that another
 * command is at work on is nobody's concern.
 */
export async function mentionOpenOrders(context: Context): Promise<void> {
  const dead: OrderFile[] = []
  for (const file of listOrders(ordersFolder(context))) {
    if (!(await isOwned(file))) dead.push(file)
  }
  const [first] = dead
  if (first === undefined) return
  const { provider, grid, id } = first.order
  const subject = dead.length === 1 ? `Order ${id} is open` : `${dead.length} orders are open`
  context.warn(
    `${subject}: machines may be left behind`,
    `kontena ${provider} node list --grid ${grid}`,
  )
}
