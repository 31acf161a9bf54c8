import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { backUpMaster, restoreMaster } from '../../src/index.ts'
import { randomOf } from '../durability/random.ts'
import { end } from '../durability/served-master.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { client, fill, start } from './backup-lab.ts'

const times = 6

/** Starts a program of the fixtures, and resolves when it has begun its work. */
async function begin(name: string, words: readonly string[]): Promise<ChildProcess> {
  const script = fileURLToPath(new URL(`../fixtures/${name}.ts`, import.meta.url))
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, script, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

async function filled(folder: string) {
  const dataDir = join(folder, 'data')
  const master = await start({ dataDir })
  const { api, access } = await fill(master)
  const change = (count: number) => api.updateNode('prod', 'web-1', { labels: [`count=${count}`] })
  return { dataDir, master, access, change }
}

async function countIn(dataDir: string, access: string): Promise<string | undefined> {
  const master = await start({ dataDir })
  const { labels } = await client(master, access).node('prod', 'web-1')
  await master.close()
  return labels?.[0]
}

it('a backup that is killed leaves the one before it, or is whole', async () => {
  const folder = temporaryDirectory()
  const file = join(folder, 'master.backup')
  const { dataDir, access, change } = await filled(folder)
  const random = randomOf(7)
  await change(0)
  await backUpMaster({ file, dataDir })
  for (let count = 1; count <= times; count += 1) {
    await change(count)
    const child = await begin('back-up', [file, dataDir])
    await sleep(random() * 40)
    await end(child)
    const target = join(folder, `restored-${count}`)
    await restoreMaster({ file, dataDir: target })
    expect(await countIn(target, access)).toMatch(/^count=\d$/)
  }
  await backUpMaster({ file, dataDir })
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
}, 180_000)

it('a restore that is killed leaves nothing to start over, or is whole', async () => {
  const folder = temporaryDirectory()
  const file = join(folder, 'master.backup')
  const { dataDir, access, change } = await filled(folder)
  await change(1)
  await backUpMaster({ file, dataDir })
  const random = randomOf(11)
  const target = join(folder, 'restored')
  for (let count = 0; count < times; count += 1) {
    const child = await begin('restore', [file, target])
    await sleep(random() * 40)
    await end(child)
    const isComplete =
      existsSync(join(target, 'master.sqlite')) && !existsSync(join(target, '.restoring'))
    if (!isComplete) {
      if (existsSync(join(target, '.restoring'))) {
        await expect(start({ dataDir: target })).rejects.toThrow('was cut off')
      }
      await restoreMaster({ file, dataDir: target })
    }
    expect(await countIn(target, access)).toBe('count=1')
    rmSync(target, { recursive: true })
  }
}, 180_000)
