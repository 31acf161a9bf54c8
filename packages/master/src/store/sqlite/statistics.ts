import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import type { StatisticsStore, UsageRecord } from '../statistics-store.ts'
import type { Database } from './database.ts'
import { figureColumns, nameColumns, usageRow, usageValues } from './usage-columns.ts'

const minute = 60_000

/** Samples that are summed in one turn of the event loop: that takes some 10 ms. */
const mostAtOnce = 5_000

const columns = [...figureColumns, ...nameColumns]

/** The last sample of a minute stands for all of it, so that nobody can fill the table. */
const insert = `INSERT OR REPLACE INTO node_statistics (node_key, time, ${columns.join(', ')})
  VALUES (?, ?, ${columns.map(() => '?').join(', ')})`

const select = `SELECT time, ${figureColumns.map((name) => `sum(${name}) AS ${name}`).join(', ')},
    ${nameColumns.map((name) => `json_group_array(DISTINCT ${name}) AS ${name}`).join(', ')}
  FROM node_statistics
  WHERE node_key IN (SELECT value FROM json_each(?)) AND time >= ? AND time < ?
  GROUP BY time ORDER BY time`

const cutRow = z.object({ time: z.number() })

/** In pieces, so that nothing else waits for the end of a busy day. */
const mostRemoved = 5_000
const removeSome = `DELETE FROM node_statistics WHERE (node_key, time) IN (
    SELECT node_key, time FROM node_statistics WHERE time < ? LIMIT ?)`

export function statisticsStore(database: Database): StatisticsStore {
  return {
    recordStatistics: ({ key, connection }, sample, now) =>
      database.writeSoon(() => {
        const stored = database.run(
          `UPDATE nodes SET statistics = ?, last_seen_at = ?
           WHERE key = ? AND connection = ? AND connected = 1`,
          JSON.stringify(sample),
          now.getTime(),
          key,
          connection,
        )
        if (stored === 0) return
        database.run(insert, key, startOfMinute(now), ...usageValues(sample))
      }),

    usage: async (nodeKeys, { from, to }) => {
      const keys = JSON.stringify(nodeKeys)
      const step = minute * Math.max(1, Math.floor(mostAtOnce / Math.max(1, nodeKeys.length)))
      const end = startOfMinute(to) + minute
      const found: UsageRecord[] = []
      for (let start = startOfMinute(from); start < end; start += step) {
        found.push(...database.all(usageRow, select, keys, start, Math.min(start + step, end)))
        await nextTurn()
      }
      return found
    },

    trimStatistics: async ({ since, samples }) => {
      const row = database.get(
        cutRow,
        'SELECT time FROM node_statistics ORDER BY time DESC LIMIT 1 OFFSET ?',
        samples,
      )
      const cut = Math.max(since.getTime(), row?.time ?? 0)
      let removed: number
      do {
        removed = await database.write(() => database.run(removeSome, cut, mostRemoved))
      } while (removed === mostRemoved)
    },
  }
}

function startOfMinute(time: Date): number {
  return Math.floor(time.getTime() / minute) * minute
}
