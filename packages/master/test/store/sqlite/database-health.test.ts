import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Database } from '../../../src/store/sqlite/database.ts'
import { openDatabase } from '../../../src/store/sqlite/database.ts'
import { databaseHealth } from '../../../src/store/sqlite/database-health.ts'
import { StorageError } from '../../../src/store/storage-error.ts'
import { testVault } from '../../fixtures/test-master.ts'

let database: Database
let writes: number
let trouble: StorageError | undefined
let time: number
let ping: () => Promise<void>
beforeEach(() => {
  const real = openDatabase(':memory:', () => testVault, { report: () => undefined })
  writes = 0
  trouble = undefined
  time = 0
  vi.spyOn(performance, 'now').mockImplementation(() => time)
  database = {
    ...real,
    trouble: () => trouble,
    write: async (work) => {
      writes += 1
      if (trouble !== undefined) throw trouble
      return work()
    },
  }
  ping = databaseHealth(database)
  return () => {
    vi.restoreAllMocks()
    return real.close()
  }
})

describe('the health of the database', () => {
  it('is learnt by a write, once in ten seconds however many ask', async () => {
    for (let count = 0; count < 50; count += 1) await ping()
    expect(writes).toBe(1)
    time = 10_000
    await ping()
    expect(writes).toBe(2)
  })

  it('is bad as soon as a write of anybody has failed, and is tried again each second', async () => {
    await ping()
    time = 500
    trouble = new StorageError('full')
    await expect(ping()).rejects.toBe(trouble)
    expect(writes).toBe(1)
    time = 1_000
    await expect(ping()).rejects.toBe(trouble)
    expect(writes).toBe(2)
    time = 1_100
    trouble = undefined
    await ping()
  })

  it('is bad when the database cannot be read', async () => {
    await ping()
    database = {
      ...database,
      get: () => {
        throw new StorageError('damaged')
      },
    }
    await expect(databaseHealth(database)()).rejects.toMatchObject({ trouble: 'damaged' })
  })
})
