import { z } from 'zod'
import type { Context } from '../context.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { lineCount } from '../options/line-count.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { auditTable } from '../output/audit-table.ts'
import { printTable } from '../output/print-table.ts'

export interface AuditLogFlags {
  lines?: string
  grid?: string
}

/** The most entries that a master gives at once. */
const flagSchema = z.object({ lines: lineCount(3_000) })

/** Who changed what in the grid. */
export async function showGridAuditLog(flags: AuditLogFlags, context: Context): Promise<void> {
  const { lines } = parseFlags(flagSchema, { lines: flags.lines }, {})
  const session = await openMasterSession(context, flags)
  const grid = requireGrid(session)
  await findGrid(session, grid, context.signal)
  print(await session.client.auditLog(grid, lines, context.signal), context)
}

/** Who changed what on the whole master. */
export async function showMasterAuditLog(flags: AuditLogFlags, context: Context): Promise<void> {
  const { lines } = parseFlags(flagSchema, { lines: flags.lines }, {})
  const { client } = await openMasterSession(context)
  print(await client.auditLog(undefined, lines, context.signal), context)
}

function print(entries: Parameters<typeof auditTable>[0], context: Context): void {
  if (context.json) {
    for (const entry of entries) context.printJson(entry)
  } else printTable(context, auditTable(entries), undefined)
}
