import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withFileLock } from '../src/file-lock.ts'

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kontena-lock-'))
  file = join(folder, 'client.json')
})
afterEach(() => rm(folder, { recursive: true }))

const options = { longest: 5_000, signal: new AbortController().signal }

describe('withFileLock', () => {
  it('lets one at a time work', async () => {
    const order: string[] = []
    const work = (name: string) =>
      withFileLock(file, options, async () => {
        order.push(`${name} begins`)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`${name} ends`)
      })
    await Promise.all(['a', 'b', 'c'].map(work))
    for (const [index, line] of order.entries()) {
      if (index % 2 === 0) expect(order[index + 1]).toBe(line.replace('begins', 'ends'))
    }
    expect(order).toHaveLength(6)
    expect(await readdir(folder)).toEqual([])
  })

  it('is given back where the work fails', async () => {
    const failing = withFileLock(file, options, () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(await readdir(folder)).toEqual([])
  })

  it('takes over from a command that died', async () => {
    const dead = 2 ** 22 + 1
    await writeFile(`${file}.lock`, `${dead} ${hostname()} x\n`)
    expect(await withFileLock(file, options, async () => 'done')).toBe('done')
    expect(await readdir(folder)).toEqual([])
  })

  it('takes over from one on another computer once it must be over', async () => {
    await writeFile(`${file}.lock`, '1 elsewhere x\n')
    const old = new Date(Date.now() - 6_000)
    await utimes(`${file}.lock`, old, old)
    expect(await withFileLock(file, options, async () => 'done')).toBe('done')
  })

  it('waits for one that works, and no longer than the person does', async () => {
    await writeFile(`${file}.lock`, `${process.pid} ${hostname()} x\n`)
    const signal = AbortSignal.abort('interrupt')
    const waiting = withFileLock(file, { ...options, signal }, async () => 'done')
    await expect(waiting).rejects.toBe('interrupt')
    expect(await readdir(folder)).toEqual(['client.json.lock'])
  })
})
