import { closeCodes } from '@kontena/protocol'
import type { Database } from './database.ts'
import { type Happening, recordEvent } from './record-change.ts'

interface Named {
  readonly grid: string
  readonly name: string
}

/** Tells of a node's connection what happened to it. */
export function tellOfNode(
  database: Database,
  { grid, name }: Named,
  happening: Pick<Happening, 'type' | 'severity' | 'meta'>,
  now: Date,
): void {
  const [, what = happening.type] = happening.type.split(':')
  const message = `node ${name} ${what}${explain(happening.meta)}`
  recordEvent(database, { ...happening, grid, node: name, message }, now)
}

/**
 * Tells that a connection ends because its node is not there for it any more, where one is open: the
 * master closes it, and then finds nobody to tell it of.
 */
export function tellOfLoss(
  database: Database,
  node: Named & { readonly connected: boolean },
  reason: string,
  now: Date,
): void {
  if (!node.connected) return
  const meta = { code: closeCodes.removed.code, reason }
  tellOfNode(database, node, { type: 'node:disconnected', severity: 2, meta }, now)
}

/** Why it ended, for whoever reads a list of events. */
function explain({ code, reason }: Happening['meta'] = {}): string {
  if (typeof code !== 'number') return ''
  return typeof reason === 'string' && reason !== '' ? `: ${reason} (${code})` : ` (${code})`
}
