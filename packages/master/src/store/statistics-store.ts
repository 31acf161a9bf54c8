import type { HostStatistics } from '@kontena/protocol'
import type { ConnectionKey } from './connection-store.ts'

export interface StatisticsSample {
  readonly nodeKey: string
  readonly time: Date
  readonly sample: HostStatistics
}

/** What agents measure each minute. Reports, not promises: a crash may lose the last moment's. */
export interface StatisticsStore {
  recordStatistics(connection: ConnectionKey, sample: HostStatistics, now: Date): Promise<void>
  /** Samples of these nodes between two times, oldest first. */
  statistics(
    nodeKeys: readonly string[],
    between: { from: Date; to: Date },
  ): Promise<StatisticsSample[]>
  /** Forgets samples that are older, and the oldest above that number. */
  trimStatistics(keep: { since: Date; samples: number }): Promise<void>
}
