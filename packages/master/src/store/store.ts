import type { AccessStore } from './access-store.ts'
import type { ConfigurationStore } from './configuration-store.ts'
import type { ConnectionStore } from './connection-store.ts'
import type { EnrolmentStore } from './enrolment-store.ts'
import type { EventStore } from './event-store.ts'
import type { GridStore } from './grid-store.ts'
import type { NodeStore } from './node-store.ts'
import type { StatisticsStore } from './statistics-store.ts'

/**
 * What the master remembers. Every method is one transaction: done completely and on disk when it
 * resolves, or not at all. Changes are audited and told as events in the same transaction, under the
 * actor given. A rejection is a `StorageError` where the disk does not do its part, else a defect; all
 * that can be foreseen of the request itself is in the results.
 */
export interface Store
  extends AccessStore,
    ConfigurationStore,
    ConnectionStore,
    EnrolmentStore,
    EventStore,
    GridStore,
    NodeStore,
    StatisticsStore {
  /** This master's identity, made with the database and the same ever after. */
  uuid(): Promise<string>
  /** Resolves when the database answers and takes writes; rejects with the `StorageError` that tells why not. */
  ping(): Promise<void>
  /** Copies all of it, as it is at one moment, to a new file that the same kind of store opens. */
  backup(path: string): Promise<void>
  close(): Promise<void>
}
