import { describe, expect, it } from 'vitest'
import { storageFailure } from '../../../src/store/sqlite/storage-failure.ts'

const coded = (code: string) => Object.assign(new Error(`/var/lib/secret: ${code}`), { code })

describe('what SQLite says of its disk', () => {
  it.each([
    ['SQLITE_FULL', 'full'],
    ['SQLITE_READONLY', 'read-only'],
    ['SQLITE_READONLY_DBMOVED', 'read-only'],
    ['SQLITE_PERM', 'read-only'],
    ['SQLITE_CORRUPT', 'damaged'],
    ['SQLITE_CORRUPT_INDEX', 'damaged'],
    ['SQLITE_NOTADB', 'damaged'],
    ['SQLITE_IOERR_FSYNC', 'failed'],
    ['SQLITE_CANTOPEN', 'failed'],
  ])('as %s means that it is %s, and names no file', (code, trouble) => {
    const cause = coded(code)
    const failure = storageFailure(cause)
    expect(failure).toMatchObject({ name: 'StorageError', trouble, cause })
    expect(Object(failure).message).not.toMatch(/SQLITE|secret/)
  })

  it.each([coded('SQLITE_CONSTRAINT_UNIQUE'), coded('SQLITE_FULLER'), new Error('a bug'), 'text'])(
    'and nothing else: %s is left alone',
    (error) => {
      expect(storageFailure(error)).toBe(error)
    },
  )
})
