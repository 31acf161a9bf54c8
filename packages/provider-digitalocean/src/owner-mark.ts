import { createHash } from 'node:crypto'
import type { Owner } from '@kontena/core'

/** Eight hex digits, the same for the same master and grid only: for names that cannot hold both. */
export function ownerMark({ master, grid }: Owner): string {
  return createHash('sha256').update(`${master}/${grid}`).digest('hex').slice(0, 8)
}
