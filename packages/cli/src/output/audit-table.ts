import type { AuditEntry } from '@kontena/protocol'
import type { Table } from './table.ts'

/** Who changed what from where, in the columns of 1.5. */
export function auditTable(entries: readonly AuditEntry[]): Table {
  return {
    headings: [
      ...['Time', 'Grid', 'Resource Type', 'Resource Name', 'Event Name'],
      ...['User', 'Source IP', 'User-Agent'],
    ],
    rows: entries.map((entry) => [
      entry.time,
      entry.grid ?? '',
      entry.resource_type,
      entry.resource_name ?? '',
      entry.event_name,
      entry.user_identity?.email ?? '',
      entry.source_ip ?? '',
      entry.user_agent ?? '',
    ]),
  }
}
