import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { backUpMaster, restoreMaster } from '../../src/index.ts'
import { version1 } from '../../src/store/sqlite/schema/version-1.ts'
import { version2 } from '../../src/store/sqlite/schema/version-2.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { connect } from '../fixtures/test-agent.ts'
import { client, fill, start } from './backup-lab.ts'

let folder: string
let dataDir: string
let file: string
let target: string
beforeEach(() => {
  folder = temporaryDirectory()
  dataDir = join(folder, 'data')
  file = join(folder, 'master.backup')
  target = join(folder, 'restored')
})

describe('a backup', () => {
  it('of a running master brings all of it back: its identity, authority, users, grids and nodes', async () => {
    const first = await start({ dataDir, tls: true })
    const { access, gridToken } = await fill(first)
    const made = await backUpMaster({ file, dataDir })
    expect(made).toEqual({
      uuid: first.uuid,
      takenAt: expect.any(Date),
      bytes: statSync(file).size,
      isKeyIncluded: true,
    })
    await first.close()

    expect(await restoreMaster({ file, dataDir: target })).toEqual({
      uuid: first.uuid,
      takenAt: made.takenAt,
      isKeyIncluded: true,
    })
    const second = await start({ dataDir: target, tls: true })
    expect(second).toMatchObject({ uuid: first.uuid, caSha256: first.caSha256 })
    expect(second.adminCode).toBeUndefined()
    const api = client(second, access)
    expect(await api.nodes('prod')).toMatchObject([{ name: 'web-1' }, { name: 'web-2' }])
    expect((await api.grid('prod')).token).toBe(gridToken)
    expect((await api.nodeToken('prod', 'web-1')).token).toBe('n'.repeat(40))
  })

  it('lets the agents in that the master knew', async () => {
    const first = await start({ dataDir })
    await fill(first)
    const header = { 'Kontena-Node-Token': 'n'.repeat(40) }
    const agent = await connect(first.url.replace('http', 'ws'), header)
    await agent.next('/agent/node_info')
    await backUpMaster({ file, dataDir })
    await first.close()
    await restoreMaster({ file, dataDir: target })
    const second = await start({ dataDir: target })
    const again = await connect(second.url.replace('http', 'ws'), header)
    expect(await again.next('/agent/node_info')).toMatchObject({ name: 'web-1' })
  })

  it('holds what was acknowledged before it, and a whole database, while others write', async () => {
    const first = await start({ dataDir })
    const { api, access } = await fill(first)
    let isOver = false
    const acknowledged = [0, 0]
    const write = async (writer: number): Promise<void> => {
      for (let count = 1; !isOver; count += 1) {
        await api.updateNode('prod', `web-${writer + 1}`, { labels: [`count=${count}`] })
        acknowledged[writer] = count
      }
    }
    const writers = [write(0), write(1)]
    for (let round = 0; round < 3; round += 1) {
      const before = [...acknowledged]
      await backUpMaster({ file, dataDir })
      rmSync(target, { recursive: true, force: true })
      await restoreMaster({ file, dataDir: target })
      const second = await start({ dataDir: target })
      const nodes = await client(second, access).nodes('prod')
      const counts = nodes.map(({ labels }) => Number(labels?.[0]?.split('=')[1] ?? 0))
      for (const [index, count] of counts.entries()) {
        expect(count).toBeGreaterThanOrEqual(before[index] ?? 0)
      }
      await second.close()
    }
    isOver = true
    await Promise.all(writers)
    expect(Math.min(...acknowledged)).toBeGreaterThan(0)
  })

  it('is made of a master that is stopped, or was killed, as well', async () => {
    const first = await start({ dataDir })
    const { access } = await fill(first)
    await first.close()
    const made = await backUpMaster({ file, dataDir })
    expect(made).toMatchObject({ uuid: first.uuid, isKeyIncluded: true })
    expect(readdirSync(dataDir).sort()).toEqual(['agents', 'master.key', 'master.sqlite'])
    await restoreMaster({ file, dataDir: target })
    const second = await start({ dataDir: target })
    expect(await client(second, access).nodes('prod')).toHaveLength(2)
  })

  it('of a database that an older master wrote leaves that as it is', async () => {
    const first = await start({ dataDir })
    await first.close()
    rmSync(join(dataDir, 'master.sqlite'))
    const raw = new BetterSqlite(join(dataDir, 'master.sqlite'))
    raw.exec(`${version1}; ${version2};`)
    raw.exec(`INSERT INTO settings VALUES ('uuid', 'u-1')`)
    raw.pragma('user_version = 2')
    raw.close()
    const before = readFileSync(join(dataDir, 'master.sqlite'))
    expect(await backUpMaster({ file, dataDir })).toMatchObject({ uuid: 'u-1' })
    expect(readFileSync(join(dataDir, 'master.sqlite')).equals(before)).toBe(true)
    await restoreMaster({ file, dataDir: target })
    expect((await start({ dataDir: target })).uuid).toBe('u-1')
  })

  it('is for its owner alone, and takes the place of another only when it is whole', async () => {
    await start({ dataDir })
    writeFileSync(file, 'the last one', { mode: 0o644 })
    await expect(backUpMaster({ file, dataDir: target })).rejects.toMatchObject({
      name: 'BackupError',
      message: `there is no master in ${target}`,
    })
    expect(readFileSync(file, 'utf8')).toBe('the last one')
    await backUpMaster({ file, dataDir })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).sort()).toEqual(['data', 'master.backup'])
    expect(readdirSync(dataDir).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('is read along by nobody who put a file in its place before', async () => {
    await start({ dataDir })
    writeFileSync(`${file}.part`, '')
    const held = openSync(`${file}.part`, 'r')
    await backUpMaster({ file, dataDir })
    expect(readFileSync(held, 'utf8')).toBe('')
    closeSync(held)
    writeFileSync(join(folder, 'other'), 'precious')
    symlinkSync('other', `${file}.part`)
    await backUpMaster({ file, dataDir })
    expect(readFileSync(join(folder, 'other'), 'utf8')).toBe('precious')
    expect(lstatSync(file).isFile()).toBe(true)
  })

  it('holds no key that is kept elsewhere, and says so', async () => {
    const vaultKey = 'v'.repeat(64)
    const first = await start({ dataDir, vaultKey })
    const { access } = await fill(first)
    expect(await backUpMaster({ file, dataDir })).toMatchObject({ isKeyIncluded: false })
    await first.close()
    expect(await backUpMaster({ file, dataDir })).toMatchObject({ isKeyIncluded: false })
    expect(readFileSync(file).includes(vaultKey)).toBe(false)
    await expect(
      restoreMaster({ file, dataDir: target, vaultKey: 'w'.repeat(64) }),
    ).rejects.toMatchObject({ message: `the key does not open the secrets in ${file}` })
    expect(await restoreMaster({ file, dataDir: target, vaultKey })).toMatchObject({
      isKeyIncluded: false,
    })
    const second = await start({ dataDir: target, vaultKey })
    expect((await client(second, access).grid('prod')).token).toHaveLength(88)
  })

  it('leaves out a key that lies beside the database and is not its own', async () => {
    const first = await start({ dataDir, vaultKey: 'v'.repeat(64) })
    await first.close()
    writeFileSync(join(dataDir, 'master.key'), 'another'.repeat(10), { mode: 0o600 })
    expect(await backUpMaster({ file, dataDir })).toMatchObject({ isKeyIncluded: false })
  })

  it('is taken through the folder where the path of its socket is too long', async () => {
    const deep = join(folder, 'd'.repeat(120))
    const { uuid } = await start({ dataDir: deep })
    expect(await backUpMaster({ file, dataDir: deep })).toMatchObject({ uuid })
  })

  it('cannot be taken from a master that does not answer', async () => {
    await start({ dataDir })
    rmSync(join(dataDir, 'control.sock'))
    await expect(backUpMaster({ file, dataDir })).rejects.toMatchObject({
      message: `a master uses ${dataDir}, and does not answer there`,
    })
    expect(existsSync(file)).toBe(false)
  })

  it('that was cut off leaves nothing once the master starts again', async () => {
    const first = await start({ dataDir })
    await first.close()
    mkdirSync(join(dataDir, '.backup-abc123'))
    writeFileSync(join(dataDir, '.backup-abc123', 'master.sqlite'), 'half')
    await start({ dataDir })
    expect(readdirSync(dataDir)).not.toContain('.backup-abc123')
  })

  it('may be asked for by nobody but the user of the data', async () => {
    await start({ dataDir })
    expect(statSync(join(dataDir, 'control.sock')).mode & 0o777).toBe(0o600)
  })
})
