import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { backUpMaster, restoreMaster } from '../../src/index.ts'
import { randomOf } from '../durability/random.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { fill, start } from './backup-lab.ts'

let folder: string
let file: string
let target: string
beforeEach(async () => {
  folder = temporaryDirectory()
  file = join(folder, 'master.backup')
  target = join(folder, 'restored')
  const dataDir = join(folder, 'data')
  const master = await start({ dataDir })
  await fill(master)
  await backUpMaster({ file, dataDir })
  await master.close()
})

async function refused(): Promise<{ message: string; hint: string }> {
  const error: unknown = await restoreMaster({ file, dataDir: target }).then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(error).toMatchObject({ name: 'BackupError' })
  return { message: Object(error).message, hint: Object(error).hint }
}

/** Changes the manifest without making the lines longer or shorter than they say. */
function changeManifest(change: (manifest: Record<string, unknown>) => void): void {
  const content = readFileSync(file)
  const [first = 0, second = 0] = [...content.keys()].filter((index) => content[index] === 10)
  const manifest = JSON.parse(content.toString('utf8', first + 1, second))
  change(manifest)
  const changed = Buffer.from(JSON.stringify(manifest))
  const parts = [content.subarray(0, first + 1), changed, content.subarray(second)]
  writeFileSync(file, Buffer.concat(parts))
}

/** Changes one byte, half of the time in the manifest, where there is more to misunderstand; at times also cuts. */
function spoil(whole: Buffer, round: number, random: () => number): Buffer {
  const manifestEnd = whole.indexOf('\n', whole.indexOf('\n') + 1)
  const content = Buffer.from(whole)
  const end = round % 2 === 0 ? manifestEnd + 1 : content.length
  content[Math.floor(random() * end)] = Math.floor(random() * 256)
  return round % 10 === 9 ? content.subarray(0, random() * end) : content
}

describe('a restore', () => {
  it('puts files in place that only their user may read', async () => {
    await restoreMaster({ file, dataDir: target })
    expect(readdirSync(target).sort()).toEqual(['master.key', 'master.sqlite'])
    for (const name of readdirSync(target)) {
      expect(statSync(join(target, name)).mode & 0o777).toBe(0o600)
    }
    expect(statSync(target).mode & 0o777).toBe(0o700)
  })

  it.each([
    ['cut off', () => truncateSync(file, statSync(file).size - 1)],
    ['cut off in its manifest', () => truncateSync(file, 60)],
    ['longer than it was', () => writeFileSync(file, 'x', { flag: 'a' })],
    [
      'changed in one byte',
      () => {
        const content = readFileSync(file)
        const at = content.length - 5_000
        content[at] = (content[at] ?? 0) ^ 1
        writeFileSync(file, content)
      },
    ],
    [
      'led elsewhere',
      () => changeManifest((all) => Object.assign(Object(all.files)[0], { path: '../evil' })),
    ],
    [
      'given a file of another kind',
      () => changeManifest((all) => Object.assign(Object(all.files)[1], { path: 'agents' })),
    ],
  ])('refuses a backup that was %s, and leaves nothing', async (_what, damage) => {
    damage()
    expect(await refused()).toEqual({
      message: `the backup ${file} is damaged or cut off`,
      hint: 'copy it again from where it was made, or use another',
    })
    expect(readdirSync(folder)).not.toContain('evil')
    expect(readdirSync(folder).includes('restored') ? readdirSync(target) : []).toEqual([])
  })

  it('of a file with spoilt bytes says so or brings back what was there, and never anything else', async () => {
    const whole = readFileSync(file)
    const { uuid } = await restoreMaster({ file, dataDir: target })
    const random = randomOf(3)
    for (let round = 0; round < 60; round += 1) {
      writeFileSync(file, spoil(whole, round, random))
      rmSync(target, { recursive: true, force: true })
      const result = await restoreMaster({ file, dataDir: target }).catch((error: unknown) => error)
      if (result instanceof Error) {
        expect(result.name).toBe('BackupError')
        expect(existsSync(target) ? readdirSync(target) : []).toEqual([])
      } else expect(result).toMatchObject({ uuid })
    }
  })

  it('refuses what is no backup', async () => {
    writeFileSync(file, 'SQLite format 3\0')
    expect((await refused()).message).toBe(`${file} is no backup of a master`)
    file = join(folder, 'missing')
    expect((await refused()).message).toBe(`the backup ${file} cannot be read (ENOENT)`)
  })

  it('refuses what a newer kontena made', async () => {
    const content = readFileSync(file)
    writeFileSync(
      file,
      Buffer.concat([Buffer.from('kontena master backup 2'), content.subarray(23)]),
    )
    expect((await refused()).message).toBe(`${file} was made by a newer kontena`)
    writeFileSync(file, content)
    changeManifest((all) => Object.assign(all, { database: 99 }))
    expect((await refused()).message).toContain('its database has version 99, this kontena knows')
  })

  it('takes no directory in which something is', async () => {
    mkdirSync(target)
    writeFileSync(join(target, 'master.sqlite'), 'mine')
    expect((await refused()).message).toBe(`${target} is not empty`)
    expect(readFileSync(join(target, 'master.sqlite'), 'utf8')).toBe('mine')
  })

  it('fills an empty directory that is there, also one that is a disk of its own', async () => {
    mkdirSync(join(target, 'lost+found'), { recursive: true })
    await restoreMaster({ file, dataDir: target })
    await expect(start({ dataDir: target })).resolves.toBeDefined()
  })

  it('that was cut off keeps masters from starting, and begins anew when it is run again', async () => {
    mkdirSync(join(target, '.restoring'), { recursive: true })
    writeFileSync(join(target, '.restoring', 'master.sqlite'), 'half')
    writeFileSync(join(target, 'master.key'), 'k'.repeat(64), { mode: 0o600 })
    await expect(start({ dataDir: target })).rejects.toMatchObject({
      name: 'MasterStartError',
      message: `a restore into ${target} was cut off`,
      hint: 'run kontena master restore again; it begins anew',
    })
    await restoreMaster({ file, dataDir: target })
    expect(readdirSync(target).sort()).toEqual(['master.key', 'master.sqlite'])
    await expect(start({ dataDir: target })).resolves.toBeDefined()
  })
})
