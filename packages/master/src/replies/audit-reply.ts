import type { AuditEntry } from '@kontena/protocol'
import type { AuditRecord } from '../store/records.ts'

/** An entry of the audit log: the fields of 1.5, its id, and what changed. */
export function auditReply(entry: AuditRecord): AuditEntry {
  const { id, time, grid = null, resource, actor } = entry
  return {
    id,
    time: time.toISOString(),
    grid,
    grid_id: grid,
    service: null,
    resource_type: resource.type,
    resource_name: resource.name,
    resource_id:
      grid === null || resource.type !== 'node' ? resource.name : `${grid}/${resource.name}`,
    event_name: entry.event,
    // What was refused or failed changed nothing, and is not in the log.
    event_status: 'success',
    source_ip: actor.address,
    user_agent: actor.userAgent ?? null,
    user_identity: { id: actor.user?.id ?? null, email: actor.user?.email ?? null },
    before: entry.before ?? null,
    after: entry.after ?? null,
  }
}
