import type { EventType } from '@kontena/protocol'
import type { Actor } from '../records.ts'
import type { Database } from './database.ts'

/** Something that happened, to be told to whoever watches. */
export interface Happening {
  readonly type: EventType
  readonly grid?: string | undefined
  /** The node's name, where it is about one. */
  readonly node?: string | undefined
  /** 0 debug, 1 info, 2 warning, 3 error. */
  readonly severity?: number
  readonly message: string
  readonly meta?: Readonly<Record<string, unknown>>
}

/** Something that somebody changed: goes into the audit log too. */
export interface Change {
  readonly type: EventType
  /** What was done, as `create node`. */
  readonly event: string
  readonly grid?: string | undefined
  readonly resource: { readonly type: string; readonly name: string }
  /** What of it changed. Never a secret. */
  readonly before?: Readonly<Record<string, unknown>> | undefined
  readonly after?: Readonly<Record<string, unknown>> | undefined
  readonly severity?: number
}

/** To be called inside the write of the change itself. */
export function recordChange(database: Database, change: Change, actor: Actor, now: Date): void {
  const { type, event, grid, resource, before, after, severity } = change
  database.run(
    `INSERT INTO audit_log (time, event, grid, resource_type, resource_name, actor, before, after)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    now.getTime(),
    event,
    grid ?? null,
    resource.type,
    resource.name,
    JSON.stringify(actor),
    before === undefined ? null : JSON.stringify(before),
    after === undefined ? null : JSON.stringify(after),
  )
  const node = resource.type === 'node' ? resource.name : undefined
  const by = actor.user?.email
  const message = `${event} ${resource.name}${by === undefined ? '' : ` by ${by}`}`
  recordEvent(database, { type, grid, node, severity, message, meta: { before, after } }, now)
}

/** As {@link recordChange}, for what nobody did but happened. */
export function recordEvent(database: Database, happening: Happening, now: Date): void {
  const { type, grid, node, severity = 1, message, meta = {} } = happening
  database.run(
    `INSERT INTO events (time, grid, node, type, severity, message, meta)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    now.getTime(),
    grid ?? null,
    node ?? null,
    type,
    severity,
    message,
    JSON.stringify(meta),
  )
}

/** As {@link recordChange}, of a node. */
export function recordNodeChange(
  database: Database,
  node: { readonly grid: string; readonly name: string },
  change: Pick<Change, 'type' | 'event' | 'before' | 'after' | 'severity'>,
  actor: Actor,
  now: Date,
): void {
  const { grid, name } = node
  recordChange(database, { ...change, grid, resource: { type: 'node', name } }, actor, now)
}
