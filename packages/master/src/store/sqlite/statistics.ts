import { hostStatistics } from '@kontena/protocol'
import { z } from 'zod'
import type { StatisticsStore } from '../statistics-store.ts'
import type { Database } from './database.ts'
import { json, time } from './rows.ts'

const sampleRow = z
  .object({ node_key: z.string(), time, sample: json(hostStatistics) })
  .transform((row) => ({ nodeKey: row.node_key, time: row.time, sample: row.sample }))

export function statisticsStore(database: Database): StatisticsStore {
  return {
    recordStatistics: ({ key, connection }, sample, now) =>
      database.writeSoon(() => {
        const text = JSON.stringify(sample)
        const stored = database.run(
          `UPDATE nodes SET statistics = ?, last_seen_at = ?
           WHERE key = ? AND connection = ? AND connected = 1`,
          text,
          now.getTime(),
          key,
          connection,
        )
        if (stored === 0) return
        database.run(
          'INSERT OR REPLACE INTO node_statistics (node_key, time, sample) VALUES (?, ?, ?)',
          key,
          now.getTime(),
          text,
        )
      }),

    statistics: async (nodeKeys, { from, to }) =>
      database.all(
        sampleRow,
        `SELECT * FROM node_statistics
         WHERE node_key IN (SELECT value FROM json_each(?)) AND time BETWEEN ? AND ?
         ORDER BY time`,
        JSON.stringify(nodeKeys),
        from.getTime(),
        to.getTime(),
      ),

    trimStatistics: ({ since, samples }) =>
      database.write(() => {
        database.run('DELETE FROM node_statistics WHERE time < ?', since.getTime())
        database.run(
          `DELETE FROM node_statistics WHERE time <= (
             SELECT time FROM node_statistics ORDER BY time DESC LIMIT 1 OFFSET ?
           )`,
          samples,
        )
      }),
  }
}
