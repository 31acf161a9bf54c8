import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMaster } from '@kontena/master'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCli } from '../run-cli.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kontena-backup-'))
})
afterEach(() => rm(folder, { recursive: true }))

const start = (data: string, vaultKey?: string) =>
  startMaster({
    dataDir: join(folder, data),
    port: 0,
    agentBundle: Buffer.from('agent'),
    vaultKey,
  })

const kontena = (words: readonly string[], env: Record<string, string> = {}) =>
  runCli(words, { userHome: folder, cwd: folder, env })

describe('master backup and restore', () => {
  it('carry a running master over into another directory', async () => {
    const master = await start('data')
    const made = await kontena(['master', 'backup', 'my.backup', '--data', 'data'])
    await master.close()
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).toMatch(
      new RegExp(`^Backed up master ${master.uuid} to ${folder}/my.backup \\(\\d+\\.\\d MB\\)\n$`),
    )
    const restored = await kontena(['master', 'restore', 'my.backup', '--data', 'new'])
    expect(restored).toMatchObject({ code: 0, stderr: '' })
    expect(restored.stdout).toContain(`Restored master ${master.uuid}, as it was at 20`)
    expect(restored.stdout).toContain(`: kontena master start --data ${folder}/new\n`)
    const next = await start('new')
    expect(next.uuid).toBe(master.uuid)
    await next.close()
  })

  it('find the data where a master keeps it when nothing is said, and speak JSON', async () => {
    const master = await start('.kontena/master')
    const made = await kontena(['master', 'backup', 'my.backup', '--json'])
    await master.close()
    expect(JSON.parse(made.stdout)).toEqual({
      file: join(folder, 'my.backup'),
      master: master.uuid,
      taken_at: expect.stringMatching(/^20.*Z$/),
      bytes: (await readFile(join(folder, 'my.backup'))).length,
      key_included: true,
    })
    const restored = await kontena(['master', 'restore', 'my.backup', '--data', 'new', '--json'])
    expect(JSON.parse(restored.stdout)).toMatchObject({
      data: join(folder, 'new'),
      master: master.uuid,
      key_included: true,
    })
  })

  it('warn of a key that is kept elsewhere, and try it', async () => {
    const key = 'v'.repeat(64)
    await (await start('data', key)).close()
    const made = await kontena(['master', 'backup', 'my.backup', '--data', 'data'])
    expect(made.stderr).toContain('The key of its secrets is not in it')
    const words = ['master', 'restore', 'my.backup', '--data', 'new']
    const wrong = await kontena(words, { VAULT_KEY: 'w'.repeat(64) })
    expect(wrong).toMatchObject({
      code: 1,
      stderr: ` [error] the key does not open the secrets in ${folder}/my.backup\nhint: give the key that the master had\n`,
    })
    await writeFile(join(folder, 'my.key'), key, { mode: 0o600 })
    const right = await kontena([...words, '--key-file', 'my.key'])
    expect(right.code).toBe(0)
    expect(right.stdout).toContain('with its key: --key-file FILE, or VAULT_KEY')
    expect(right.stdout + right.stderr + made.stdout + made.stderr).not.toContain(key)
  })

  it('say what is wrong', async () => {
    expect(await kontena(['master', 'backup', 'my.backup', '--data', 'none'])).toMatchObject({
      code: 1,
      stderr: ` [error] there is no master in ${folder}/none\nhint: say where its data is with --data DIR\n`,
    })
    await writeFile(join(folder, 'my.backup'), 'nothing')
    expect(await kontena(['master', 'restore', 'my.backup', '--data', 'new'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is no backup of a master'),
    })
  })
})
