import type { Actor, AuditRecord } from './records.ts'
import type { Database } from './sqlite-database.ts'
import { auditRow } from './sqlite-rows.ts'

export interface AuditEntry {
  readonly event: string
  readonly grid?: string
  readonly type: string
  readonly name: string
}

/** To be called inside the transaction of the change itself. */
export function audit(database: Database, entry: AuditEntry, actor: Actor, now: Date): void {
  database.run(
    `INSERT INTO audit_log (time, event, grid, resource_type, resource_name, actor)
     VALUES (?, ?, ?, ?, ?, ?)`,
    now.getTime(),
    entry.event,
    entry.grid ?? null,
    entry.type,
    entry.name,
    JSON.stringify(actor),
  )
}

export function auditLog(database: Database, limit: number): AuditRecord[] {
  return database.all(auditRow, 'SELECT * FROM audit_log ORDER BY id DESC LIMIT ?', limit)
}
