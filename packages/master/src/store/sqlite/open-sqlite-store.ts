import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Vault } from '../../secrets/vault.ts'
import type { Store } from '../store.ts'
import { accessStore } from './access.ts'
import { configurationStore } from './configuration.ts'
import { connectionStore } from './connections.ts'
import { type Database, openDatabase } from './database.ts'
import { databaseHealth } from './database-health.ts'
import { enrolmentStore } from './enrolments.ts'
import { eventStore } from './events.ts'
import { gridStore } from './grids.ts'
import type { VaultChoice } from './migrations.ts'
import { nodeStore } from './nodes.ts'
import { statisticsStore } from './statistics.ts'
import type { WriteQueueOptions } from './write-queue.ts'

/**
 * A store in one SQLite file, or in memory for `:memory:`. One process at a time has it open.
 * Throws `NewerDatabaseError` for a file of a later version, `VaultError` for one whose secrets another
 * key sealed, else what SQLite says.
 */
export function openSqliteStore(
  path: string,
  vault: Vault | VaultChoice,
  options: WriteQueueOptions = { report: throwLater },
): Store {
  const choose = typeof vault === 'function' ? vault : () => vault
  const database = openDatabase(path, choose, options)
  const uuid = ensureUuid(database)
  return {
    uuid: () => uuid,
    ping: databaseHealth(database),
    close: () => database.close(),
    ...accessStore(database),
    ...gridStore(database),
    ...nodeStore(database),
    ...enrolmentStore(database),
    ...connectionStore(database),
    ...configurationStore(database),
    ...eventStore(database),
    ...statisticsStore(database),
    backup: (target) => database.backup(target),
  }
}

/** A defect that nobody asked to be told of must not pass unnoticed. */
function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}

function ensureUuid(database: Database): Promise<string> {
  const row = z.object({ value: z.string() })
  const read = `SELECT value FROM settings WHERE key = 'uuid'`
  return database.write(() => {
    const known = database.get(row, read)
    if (known !== undefined) return known.value
    const made = randomUUID()
    database.run(`INSERT INTO settings (key, value) VALUES ('uuid', ?)`, made)
    return made
  })
}
