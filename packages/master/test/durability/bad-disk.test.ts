import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type MasterClient, openMasterClient } from '@kontena/protocol'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { backUpMaster, type RunningMaster, startMaster } from '../../src/index.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { connect } from '../fixtures/test-agent.ts'
import { isWhole } from './kill-rounds.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'

const probe = mountSmallDisk('1m')
probe?.remove()
if (probe === undefined) {
  process.stdout.write('skipped: the master on a full disk, as this user may mount none\n')
}

function newDisk(): SmallDisk {
  const disk = mountSmallDisk('4m')
  if (disk === undefined) throw new Error('no disk could be mounted')
  onTestFinished(() => disk.remove())
  return disk
}

async function start(dataDir: string): Promise<RunningMaster> {
  const master = await startMaster({ dataDir, port: 0, agentBundle: Buffer.from('agent') })
  onTestFinished(() => master.close())
  return master
}

async function logIn({ url, adminCode }: RunningMaster): Promise<MasterClient> {
  const client = openMasterClient({ url, version: '2.0.0' })
  const { access_token: token } = await client.login(adminCode ?? '')
  return openMasterClient({ url, version: '2.0.0', token })
}

/** Changes labels until the disk takes no more, and resolves to the last that were acknowledged. */
async function writeUntilRefused(api: MasterClient): Promise<{ labels: string[]; error: unknown }> {
  let labels: string[] = []
  for (let count = 0; count < 2_000; count += 1) {
    const next = [`count=${count}`, `filling=${'x'.repeat(200)}`]
    try {
      await api.updateNode('prod', 'web-1', { labels: next })
    } catch (error) {
      return { labels, error }
    }
    labels = next
  }
  throw new Error('the disk was never full')
}

const ping = async ({ url }: RunningMaster) => {
  const reply = await fetch(`${url}/v1/ping`)
  return { status: reply.status, body: await reply.json() }
}

const full = 'the disk of the master is full, so nothing was changed'

describe.skipIf(probe === undefined)('a master whose disk is full', () => {
  it('refuses writes with what is wrong, answers reads, and goes on when there is room', async () => {
    const disk = newDisk()
    const dataDir = join(disk.path, 'data')
    const master = await start(dataDir)
    const api = await logIn(master)
    const { token } = await api.createGrid({ name: 'prod' })
    await api.createNode('prod', { name: 'web-1' })
    const agent = await connect(master.url.replace('http', 'ws'), { 'Kontena-Grid-Token': token })
    await agent.next('/agent/node_info')

    disk.fill()
    const { labels, error } = await writeUntilRefused(api)
    expect(error).toMatchObject({ status: 503, message: expect.stringContaining(full) })
    expect(await api.node('prod', 'web-1')).toMatchObject({ labels })
    expect(await api.nodes('prod')).toHaveLength(2)
    await expect(api.createGrid({ name: 'other' })).rejects.toMatchObject({ status: 503 })
    await vi.waitFor(async () => {
      expect(await ping(master)).toEqual({ status: 503, body: { error: full } })
    })
    const file = join(temporaryDirectory(), 'master.backup')
    await expect(backUpMaster({ file, dataDir })).rejects.toMatchObject({ name: 'BackupError' })
    expect(readdirSync(dataDir).filter((name) => name.startsWith('.'))).toEqual([])
    expect(agent.socket.readyState).toBe(agent.socket.OPEN)

    disk.free()
    await api.updateNode('prod', 'web-1', { labels: ['again=yes'] })
    await vi.waitFor(async () => expect((await ping(master)).status).toBe(200), { timeout: 3_000 })
    expect(await api.grids()).toHaveLength(1)
    await master.close()
    expect(isWhole(dataDir)).toBe(true)
    const next = await start(dataDir)
    const reply = await fetch(`${next.url}/v1/ping`)
    expect(reply.status).toBe(200)
  })

  it('loses nothing acknowledged when it is ended there and then', async () => {
    const disk = newDisk()
    const dataDir = join(disk.path, 'data')
    const master = await start(dataDir)
    const api = await logIn(master)
    await api.createGrid({ name: 'prod' })
    await api.createNode('prod', { name: 'web-1' })
    const { access_token: token } = await api.createToken({ scope: 'user', expires_in: 0 })
    disk.fill()
    const { labels } = await writeUntilRefused(api)
    await master.close()
    disk.free()
    const { url } = await start(dataDir)
    const again = openMasterClient({ url, version: '2.0.0', token })
    expect(await again.node('prod', 'web-1')).toMatchObject({ labels })
  })

  it('says so when it cannot start', async () => {
    const disk = newDisk()
    disk.fill()
    const dataDir = join(disk.path, 'data')
    await expect(start(dataDir)).rejects.toMatchObject({
      name: 'MasterStartError',
      message: expect.stringMatching(/ENOSPC|is full/),
    })
    disk.free()
    await expect(start(dataDir)).resolves.toBeDefined()
  })

  it('says so when its disk takes no writes', async () => {
    const disk = newDisk()
    const dataDir = join(disk.path, 'data')
    await (await start(dataDir)).close()
    disk.remount('ro')
    await expect(start(dataDir)).rejects.toMatchObject({
      name: 'MasterStartError',
      message: `the data directory ${dataDir} cannot be used (EROFS)`,
    })
    disk.remount('rw')
    await expect(start(dataDir)).resolves.toBeDefined()
  })
})

it('a master does not start over a database in which pages are spoilt', async () => {
  const dataDir = temporaryDirectory()
  const master = await start(dataDir)
  await (await logIn(master)).createGrid({ name: 'prod' })
  await master.close()
  const path = join(dataDir, 'master.sqlite')
  const file = openSync(path, 'r+')
  const pages = Math.floor(statSync(path).size / 4_096)
  for (let page = 1; page < pages; page += 1) {
    writeSync(file, Buffer.alloc(4_096, 0xff), 0, 4_096, page * 4_096)
  }
  closeSync(file)
  await expect(start(dataDir)).rejects.toMatchObject({
    name: 'MasterStartError',
    message: `the database in ${dataDir} is damaged`,
  })
})
