import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { readVaultKey, type VaultKeyOptions } from '../../src/secrets/vault-key.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'

let dataDir: string
beforeEach(() => {
  dataDir = temporaryDirectory()
})

const read = (options: Partial<VaultKeyOptions> = {}, isSealed = false): string =>
  readVaultKey({ dataDir, ...options }, isSealed)

const refusal = (options: Partial<VaultKeyOptions>, isSealed = false) => {
  try {
    read(options, isSealed)
  } catch (error) {
    expect(error).toMatchObject({ name: 'MasterStartError' })
    return { message: Object(error).message, hint: Object(error).hint }
  }
  throw new Error('the key was taken')
}

describe('the key of the database', () => {
  it('is made beside it at the first start, for its user alone, and is the same ever after', () => {
    const key = read()
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(statSync(join(dataDir, 'master.key')).mode & 0o777).toBe(0o600)
    expect(read({}, true)).toBe(key)
  })

  it('is made where it was asked for, and nowhere else', () => {
    const keyFile = join(dataDir, 'elsewhere.key')
    expect(read({ keyFile })).toMatch(/^[0-9a-f]{64}$/)
    expect(existsSync(join(dataDir, 'master.key'))).toBe(false)
  })

  it('is not made over a file that is empty', () => {
    const keyFile = join(dataDir, 'empty.key')
    writeFileSync(keyFile, '', { mode: 0o600 })
    expect(refusal({ keyFile }).message).toContain('too short: it has 0 characters')
    expect(readFileSync(keyFile, 'utf8')).toBe('')
  })

  it('is not made anew for a database that was sealed with another', () => {
    const path = join(dataDir, 'master.key')
    expect(refusal({}, true)).toEqual({
      message: `the key of the database is missing: there is no ${path}`,
      hint: 'put the file back from a backup, or say where the key is: --key-file FILE, or VAULT_KEY in the environment',
    })
    expect(existsSync(path)).toBe(false)
  })

  it('may be given as text, which is kept nowhere', () => {
    const vaultKey = 'v'.repeat(32)
    expect(read({ vaultKey })).toBe(vaultKey)
    expect(existsSync(join(dataDir, 'master.key'))).toBe(false)
  })

  it('has to be long, and is not told where it is short', () => {
    const vaultKey = 'short-secret'.padEnd(31, 'x')
    const said = refusal({ vaultKey })
    expect(said.message).toBe('the key in VAULT_KEY is too short: it has 31 characters')
    expect(JSON.stringify(said)).not.toContain('short-secret')
  })

  it('is given once', () => {
    expect(refusal({ vaultKey: 'v'.repeat(32), keyFile: '/k' })).toEqual({
      message: 'the key is given twice, by VAULT_KEY and by a key file',
      hint: 'give one of them',
    })
  })

  it.each([
    ['644', 0o644],
    ['602', 0o602],
    ['660', 0o660],
  ])('is refused from a file with mode %s', (_text, mode) => {
    const keyFile = join(dataDir, 'open.key')
    writeFileSync(keyFile, 'k'.repeat(64))
    chmodSync(keyFile, mode)
    expect(refusal({ keyFile })).toEqual({
      message: `others can get at the key in ${keyFile} (mode ${mode.toString(8)})`,
      hint: `keep it to its user: chmod 600 ${keyFile}`,
    })
  })

  it('may be read by a group, as service managers hand secrets over', () => {
    const keyFile = join(dataDir, 'group.key')
    writeFileSync(keyFile, `${'k'.repeat(64)}\n`)
    chmodSync(keyFile, 0o440)
    expect(read({ keyFile }, true)).toBe('k'.repeat(64))
  })

  it('is named where it cannot be read or kept', () => {
    const folder = join(dataDir, 'folder')
    mkdirSync(folder, { mode: 0o700 })
    expect(refusal({ keyFile: folder }).message).toBe(
      `the key in ${folder} cannot be read (EISDIR)`,
    )
    const lost = join(dataDir, 'nowhere', 'master.key')
    expect(refusal({ keyFile: lost }).message).toBe(`the key cannot be kept in ${lost} (ENOENT)`)
  })
})
