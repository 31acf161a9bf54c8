import { z } from 'zod'
import type { NodeRecord } from '../records.ts'
import type { Database } from './database.ts'

/** Whether an order that is still under way has a machine for this node, or is to have one. */
export function isAwaited(database: Database, node: NodeRecord, now: Date): boolean {
  if (node.enrolment !== 'pending' || node.order === undefined) return false
  const open = database.get(
    z.unknown(),
    'SELECT 1 FROM enrolments WHERE order_id = ? AND ended_at IS NULL AND expires_at > ?',
    node.order,
    now.getTime(),
  )
  return open !== undefined
}
