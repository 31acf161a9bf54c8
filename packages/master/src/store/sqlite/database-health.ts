import { z } from 'zod'
import type { Database } from './database.ts'

/** Milliseconds that the outcome of a write is believed, when it was good and when it was not. */
const believed = { good: 10_000, bad: 1_000 }

/**
 * Whether the database takes writes, learnt by one of its own: a disk that is full still reads well.
 * It writes seldom, because anybody may ask.
 */
export function databaseHealth(database: Database): () => Promise<void> {
  let tried = Number.NEGATIVE_INFINITY

  return async () => {
    const last = database.trouble()
    const age = performance.now() - tried
    if (age >= (last === undefined ? believed.good : believed.bad)) {
      tried = performance.now()
      await database.write(() => {
        database.run(
          `INSERT INTO settings (key, value) VALUES ('ping', ?)
           ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
          String(Date.now()),
        )
      })
    } else if (last !== undefined) {
      throw last
    }
    database.get(z.unknown(), 'SELECT count(*) FROM settings')
  }
}
