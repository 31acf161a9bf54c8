import type { HostStatistics, NetworkTraffic, Usage } from '@kontena/protocol'
import type { ConnectionKey } from './connection-store.ts'

/** What nodes used together in one minute. */
export interface UsageRecord {
  /** The start of the minute. */
  readonly time: Date
  readonly cpu: Usage['cpu']
  readonly memory: Usage['memory']
  readonly filesystem: Usage['filesystem']
  readonly network: NetworkTraffic
}

/** What agents measure each minute. Reports, not promises: a crash may lose the last moment's. */
export interface StatisticsStore {
  /** Counts only for the newest connection of the node. */
  recordStatistics(connection: ConnectionKey, sample: HostStatistics, now: Date): Promise<void>
  /**
   * Minute by minute, oldest first: the mean of each node's samples, summed over these nodes. A minute
   * in which none of them reported is absent.
   */
  usage(
    nodeKeys: readonly string[],
    between: { readonly from: Date; readonly to: Date },
  ): Promise<UsageRecord[]>
  /** Forgets samples that are older, and the oldest minutes above about that number. */
  trimStatistics(keep: { since: Date; samples: number }): Promise<void>
}
