import type { AuditRecord, EventRecord } from './records.ts'

export interface EventQuery {
  /** Events of this grid; of all grids and of the master itself where absent. */
  readonly grid?: string
  /** Only events after this one, beginning with the first. */
  readonly after?: number
  /** Only events after this one too. */
  readonly behind?: number
  readonly since?: Date
  /** Only events about these nodes. */
  readonly nodes?: readonly string[]
  readonly limit: number
}

/** What has happened, and who did it. */
export interface EventStore {
  /** Oldest first: the first ones after `after` where it is given, else the latest. */
  events(query: EventQuery): Promise<EventRecord[]>
  /** Ids of the oldest and the newest event that is kept; zero where there is none. */
  eventRange(): Promise<{ oldest: number; newest: number }>
  /**
   * Calls back with what is stored from now on, once each and in the order of ids. All that is not in the
   * range of an {@link eventRange} asked for later is told. Returns what ends that.
   */
  watchEvents(listener: (events: readonly EventRecord[]) => void): () => void
  /** Newest first; of one grid where it is given. */
  auditLog(limit: number, grid?: string): Promise<AuditRecord[]>
  /** Forgets the oldest, so that the database stays bounded. */
  trimEvents(keep: { events: number; auditEntries: number }): Promise<void>
}
