import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { version1 } from '../../src/store/sqlite/schema/version-1.ts'
import { testVault } from '../fixtures/test-master.ts'
import { describeStore } from './describe-store.ts'
import { actor, newGrid, now } from './sample-records.ts'

describeStore('SQLite', async () => openSqliteStore(':memory:', testVault))

describe('a SQLite file', () => {
  let directory: string
  let path: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kontena-store-'))
    path = join(directory, 'master.sqlite')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('keeps what was stored, and the uuid', async () => {
    const first = openSqliteStore(path, testVault)
    const uuid = await first.uuid()
    await first.createGrid(newGrid('prod'), actor, now)
    await first.close()
    const second = openSqliteStore(path, testVault)
    expect(await second.uuid()).toBe(uuid)
    expect(await second.grid('prod')).toMatchObject({ name: 'prod' })
    await second.close()
  })

  it('is open in one process at a time', async () => {
    const first = openSqliteStore(path, testVault)
    expect(() => openSqliteStore(path, testVault)).toThrow(/locked/)
    await first.close()
    await openSqliteStore(path, testVault).close()
  })

  it('of the first version gains what came after it, and keeps its grids, nodes and tokens', async () => {
    const raw = new BetterSqlite(path)
    raw.exec(version1)
    raw.exec(`
      INSERT INTO grids VALUES ('prod', 'grid-token', 'h1', 1, '10.81.0.0/16', '10.80.0.0/12', '[]', '[]', 1);
      INSERT INTO nodes (key, grid, name, number, token_hash, readable_token, labels, created_at, updated_at)
        VALUES ('k1', 'prod', 'web-1', 254, 'h2', 'node-token', '["az=a"]', 1, 1);
    `)
    raw.pragma('user_version = 1')
    raw.close()
    const migrated = openSqliteStore(path, testVault)
    expect(await migrated.grid('prod')).toMatchObject({ token: 'grid-token' })
    expect(await migrated.nodes('prod')).toMatchObject([
      { name: 'web-1', number: 254, labels: ['az=a'], sshUser: undefined },
    ])
    expect(await migrated.readableToken('prod', 'web-1')).toBe('node-token')
    await migrated.close()
    expect(readFileSync(path).includes('-token')).toBe(false)
  })

  it('of a later version is refused and left alone', async () => {
    await openSqliteStore(path, testVault).close()
    const raw = new BetterSqlite(path)
    raw.pragma('user_version = 99')
    raw.close()
    const { mtimeMs } = statSync(path)
    expect(() => openSqliteStore(path, testVault)).toThrow('version 99')
    expect(statSync(path).mtimeMs).toBe(mtimeMs)
  })

  it('is written through to disk at each commit', async () => {
    const store = openSqliteStore(path, testVault)
    await store.createGrid(newGrid('prod'), actor, now)
    await store.close()
    const raw = new BetterSqlite(path)
    expect(raw.pragma('journal_mode', { simple: true })).toBe('wal')
    raw.close()
  })
})
