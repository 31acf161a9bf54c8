import type { GridEvent } from '@kontena/protocol'
import type { EventRecord } from '../store/records.ts'

/** An event as the REST API shows it: the fields of 1.5, and the id with which a reader goes on. */
export function eventReply(event: EventRecord): GridEvent {
  const { id, time, severity, type, message, meta } = event
  const created_at = time.toISOString()
  return { id, created_at, severity, type, message, meta, relationships: relationships(event) }
}

function relationships({ grid, node }: EventRecord): GridEvent['relationships'] {
  if (grid === undefined) return []
  if (node === undefined) return [{ id: grid, type: 'grid' }]
  return [{ id: `${grid}/${node}`, type: 'node' }]
}
