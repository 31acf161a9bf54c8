import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { describeStore } from './describe-store.ts'
import { actor, addNode, newGrid, now } from './sample-records.ts'

describeStore('SQLite', async () => openSqliteStore(':memory:'))

describe('a SQLite file', () => {
  let directory: string
  let path: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kontena-store-'))
    path = join(directory, 'master.sqlite')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('keeps what was stored, and the uuid', async () => {
    const first = openSqliteStore(path)
    const uuid = await first.uuid()
    await first.createGrid(newGrid('prod'), actor, now)
    await first.close()
    const second = openSqliteStore(path)
    expect(await second.uuid()).toBe(uuid)
    expect(await second.grid('prod')).toMatchObject({ name: 'prod' })
    await second.close()
  })

  it('is open in one process at a time', async () => {
    const first = openSqliteStore(path)
    expect(() => openSqliteStore(path)).toThrow(/locked/)
    await first.close()
    await openSqliteStore(path).close()
  })

  it('of the first version gains what came after it, and keeps its nodes', async () => {
    const store = openSqliteStore(path)
    await store.createGrid(newGrid('prod'), actor, now)
    await addNode(store, 'web-1')
    await store.close()
    const raw = new BetterSqlite(path)
    raw.exec('ALTER TABLE nodes DROP COLUMN ssh_user')
    raw.pragma('user_version = 1')
    raw.close()
    const migrated = openSqliteStore(path)
    expect(await migrated.nodes('prod')).toMatchObject([{ name: 'web-1', sshUser: undefined }])
    await migrated.close()
  })

  it('of a later version is refused and left alone', async () => {
    await openSqliteStore(path).close()
    const raw = new BetterSqlite(path)
    raw.pragma('user_version = 99')
    raw.close()
    const { mtimeMs } = statSync(path)
    expect(() => openSqliteStore(path)).toThrow('version 99')
    expect(statSync(path).mtimeMs).toBe(mtimeMs)
  })

  it('is written through to disk at each commit', async () => {
    const store = openSqliteStore(path)
    await store.createGrid(newGrid('prod'), actor, now)
    await store.close()
    const raw = new BetterSqlite(path)
    expect(raw.pragma('journal_mode', { simple: true })).toBe('wal')
    raw.close()
  })
})
