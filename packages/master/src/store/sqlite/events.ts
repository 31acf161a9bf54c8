import { z } from 'zod'
import type { EventStore } from '../event-store.ts'
import type { EventRecord } from '../records.ts'
import type { Database, Value } from './database.ts'
import { auditRow, eventRow } from './rows.ts'

const range = z.object({ oldest: z.number(), newest: z.number() })

/** Events read at once for those who watch. */
const mostAtOnce = 1_000

export function eventStore(database: Database): EventStore {
  const listeners = new Set<(events: readonly EventRecord[]) => void>()
  const eventRange = () =>
    database.get(
      range,
      'SELECT coalesce(min(id), 0) AS oldest, coalesce(max(id), 0) AS newest FROM events',
    ) ?? { oldest: 0, newest: 0 }
  let told = 0

  database.onCommit(() => {
    if (listeners.size === 0) return
    for (;;) {
      const events = database.all(
        eventRow,
        'SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?',
        told,
        mostAtOnce,
      )
      const last = events.at(-1)
      if (last === undefined) return
      told = last.id
      for (const listener of [...listeners]) listener(events)
    }
  })

  return {
    events: async ({ grid, after, behind, since, nodes, limit }) => {
      const conditions: [string, Value][] = []
      if (grid !== undefined) conditions.push(['grid = ?', grid])
      if (after !== undefined) conditions.push(['id > ?', after])
      if (behind !== undefined) conditions.push(['id > ?', behind])
      if (since !== undefined) conditions.push(['time >= ?', since.getTime()])
      if (nodes !== undefined) {
        conditions.push(['node IN (SELECT value FROM json_each(?))', JSON.stringify(nodes)])
      }
      const where = conditions.map(([text]) => text).join(' AND ') || 'true'
      const order = after === undefined ? 'DESC' : 'ASC'
      const found = database.all(
        eventRow,
        `SELECT * FROM events WHERE ${where} ORDER BY id ${order} LIMIT ?`,
        ...conditions.map(([, value]) => value),
        limit,
      )
      return after === undefined ? found.reverse() : found
    },

    eventRange: async () => eventRange(),

    watchEvents: (listener) => {
      if (listeners.size === 0) told = eventRange().newest
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    auditLog: async (limit, grid) =>
      grid === undefined
        ? database.all(auditRow, 'SELECT * FROM audit_log ORDER BY id DESC LIMIT ?', limit)
        : database.all(
            auditRow,
            'SELECT * FROM audit_log WHERE grid = ? ORDER BY id DESC LIMIT ?',
            grid,
            limit,
          ),

    trimEvents: (keep) =>
      database.write(() => {
        const trim = (table: string, most: number) =>
          database.run(`DELETE FROM ${table} WHERE id <= (SELECT max(id) FROM ${table}) - ?`, most)
        trim('events', keep.events)
        trim('audit_log', keep.auditEntries)
      }),
  }
}
