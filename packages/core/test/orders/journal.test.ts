import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  isOwned,
  type Journal,
  listOrders,
  type OrderFile,
  openJournal,
  takeOver,
} from '../../src/orders/journal.ts'
import type { Act } from '../../src/orders/order-record.ts'
import { temporaryFolder } from '../moon.ts'
import { claimRecord, orderRecord } from './order-lines.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const act: Act = { call: 'create', zone: 'tycho', names: ['web-1'], token: 'order-0' }

function only(folder: string): OrderFile {
  const [file, ...others] = listOrders(folder)
  if (file === undefined || others.length > 0) throw new Error('not one order')
  return file
}

function lines(path: string): unknown[] {
  const text = fs.readFileSync(path, 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Writes an order as a process left it that died long ago. */
function writeDead(folder: string, ...more: string[]): string {
  const path = join(folder, `${orderRecord().id}.jsonl`)
  const records = [orderRecord(), claimRecord({ socket: join(folder, 'dead.sock') })]
  fs.writeFileSync(path, [...records.map((record) => JSON.stringify(record)), ...more].join('\n'))
  return path
}

describe('openJournal', () => {
  it.runIf(process.platform === 'linux')('fails at once where no folder can be made', async () => {
    const work = openJournal('/proc/nowhere/orders', orderRecord())
    await expect(work).rejects.toMatchObject({ code: 'LOCAL_FILE' })
  })

  it('makes a folder and a file that only their owner may read', async () => {
    const folder = join(temporaryFolder(), 'home', 'orders')
    const journal = await openJournal(folder, orderRecord())
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700)
    expect(fs.statSync(only(folder).path).mode & 0o777).toBe(0o600)
    journal.close()
  })

  it('keeps the order, who works on it, and what it is about to do', async () => {
    const folder = temporaryFolder()
    const journal = await openJournal(folder, orderRecord())
    const intent = journal.intend(act)
    const file = only(folder)
    expect(file.order).toEqual(orderRecord({ at: file.order.at }))
    expect(file.claim).toMatchObject({ pid: process.pid, after: null })
    expect(file.entries).toMatchObject([{ intent: { n: intent, act }, result: undefined }])
    journal.record(intent, { machines: [{ id: 'rover-1', name: 'web-1', zone: 'tycho' }] })
    expect(only(folder).entries).toEqual(journal.entries)
    expect(only(folder).entries[0]?.result?.machines?.[0]?.id).toBe('rover-1')
    journal.close()
  })

  it('has each intent on the disk before it returns', async () => {
    const journal = await openJournal(temporaryFolder(), orderRecord())
    const steps: string[] = []
    const write = vi.spyOn(fs, 'writeSync').mockImplementation((_file, data) => {
      steps.push('write')
      return Buffer.byteLength(String(data))
    })
    vi.spyOn(fs, 'fsyncSync').mockImplementation(() => {
      steps.push('fsync')
    })
    journal.intend(act)
    expect(steps).toEqual(['write', 'fsync'])
    expect(write).toHaveBeenCalledTimes(1)
    vi.restoreAllMocks()
    journal.close()
  })

  it('syncs the folder of a new file, whose name would be lost otherwise', async () => {
    const folder = temporaryFolder()
    const synced: number[] = []
    vi.spyOn(fs, 'fsyncSync').mockImplementation((file) => {
      if (fs.fstatSync(file).isDirectory()) synced.push(file)
    })
    const journal = await openJournal(folder, orderRecord())
    expect(synced).toHaveLength(1)
    journal.close()
    expect(synced).toHaveLength(2)
  })

  it('is never seen without an owner, not even while it is written', async () => {
    const folder = temporaryFolder()
    const seen: boolean[] = []
    vi.spyOn(fs, 'fsyncSync').mockImplementation(() => {
      seen.push(listOrders(folder).every(({ claim }) => claim?.pid === process.pid))
    })
    const journal = await openJournal(folder, orderRecord())
    expect(seen).toEqual([true, true, true])
    journal.close()
  })

  it('leaves nothing when it is closed', async () => {
    const folder = temporaryFolder()
    const journal = await openJournal(folder, orderRecord())
    journal.intend(act)
    journal.close()
    expect(fs.readdirSync(folder)).toEqual([])
  })

  it('leaves only the order when it is released', async () => {
    const folder = temporaryFolder()
    const journal = await openJournal(folder, orderRecord())
    expect(await isOwned(only(folder))).toBe(true)
    journal.release()
    expect(fs.readdirSync(folder)).toEqual([`${orderRecord().id}.jsonl`])
    expect(await isOwned(only(folder))).toBe(false)
  })

  it('never takes the file of an order of the same id away', async () => {
    const folder = temporaryFolder()
    const journal = await openJournal(folder, orderRecord())
    await expect(openJournal(folder, orderRecord())).rejects.toMatchObject({ code: 'LOCAL_FILE' })
    expect(await isOwned(only(folder))).toBe(true)
    journal.close()
  })

  it('says which file it cannot keep, and why', async () => {
    const folder = join(temporaryFolder(), 'file')
    fs.writeFileSync(folder, '')
    await expect(openJournal(join(folder, 'orders'), orderRecord())).rejects.toMatchObject({
      code: 'LOCAL_FILE',
      message: expect.stringMatching(/^the order's journal .+\.jsonl cannot be kept: ENOTDIR$/),
      hint: expect.stringContaining('KONTENA_HOME'),
    })
  })
})

describe('a full disk', () => {
  const full = (): never => {
    throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })
  }

  it('refuses the order, and leaves neither file nor socket nor handle', async () => {
    const folder = temporaryFolder()
    const closed = vi.spyOn(fs, 'closeSync')
    vi.spyOn(fs, 'writeSync').mockImplementation(full)
    await expect(openJournal(folder, orderRecord())).rejects.toMatchObject({
      code: 'LOCAL_FILE',
      message: expect.stringContaining('cannot be kept: ENOSPC'),
    })
    expect(fs.readdirSync(folder)).toEqual([])
    expect(closed).toHaveBeenCalledTimes(1)
  })

  it('stops an intent, whose call is then not made', async () => {
    const journal = await openJournal(temporaryFolder(), orderRecord())
    vi.spyOn(fs, 'writeSync').mockImplementation(full)
    expect(() => journal.intend(act)).toThrow(expect.objectContaining({ code: 'LOCAL_FILE' }))
    expect(journal.entries).toEqual([])
    vi.restoreAllMocks()
    journal.close()
  })

  it('stops an intent that was written by half', async () => {
    const folder = temporaryFolder()
    const journal = await openJournal(folder, orderRecord())
    const { writeSync } = fs
    vi.spyOn(fs, 'writeSync').mockImplementationOnce((file, data) =>
      writeSync(file, Buffer.from(String(data)).subarray(0, 20)),
    )
    expect(() => journal.intend(act)).toThrow('the disk is full')
    const next = journal.intend({ call: 'prepare' })
    expect(only(folder).entries).toMatchObject([{ intent: { n: next, act: { call: 'prepare' } } }])
    journal.close()
  })

  it('does not stop a result, which a look at the cloud replaces', async () => {
    const folder = temporaryFolder()
    const journal = await openJournal(folder, orderRecord())
    const intent = journal.intend(act)
    vi.spyOn(fs, 'writeSync').mockImplementation(full)
    journal.record(intent, { failure: 'NO_CAPACITY' })
    vi.restoreAllMocks()
    expect(journal.entries[0]?.result?.failure).toBe('NO_CAPACITY')
    expect(only(folder).entries[0]?.result).toBeUndefined()
    journal.close()
  })

  it('does not stop what takes things away, as the order itself is on file', async () => {
    const folder = temporaryFolder()
    const journal = await openJournal(folder, orderRecord())
    vi.spyOn(fs, 'writeSync').mockImplementation(full)
    const intent = journal.intendRemoval({ call: 'terminate', ids: ['rover-1'] })
    journal.record(intent)
    expect(journal.entries).toMatchObject([{ intent: { n: intent }, result: { n: intent } }])
    vi.restoreAllMocks()
    journal.close()
  })

  it('is told by the file system too', () => {
    const script = `
      import { openJournal } from ${JSON.stringify(new URL('../../src/orders/journal.ts', import.meta.url).href)}
      process.on('SIGXFSZ', () => undefined)
      const [folder, order, act] = process.argv.slice(1)
      const journal = await openJournal(folder, JSON.parse(order))
      let intents = 0
      try {
        for (;;) {
          journal.intend(JSON.parse(act))
          intents++
        }
      } catch (error) {
        console.log(JSON.stringify({ intents, code: error.code }))
      }
      process.exit()
    `
    const folder = temporaryFolder()
    const arguments_ = [script, folder, JSON.stringify(orderRecord()), JSON.stringify(act)]
    const shell = 'ulimit -f 4 && exec "$0" --input-type=module "$@"'
    const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning', '-e']
    const child = spawnSync('bash', ['-c', shell, process.execPath, ...flags, ...arguments_], {
      encoding: 'utf8',
    })
    const told = JSON.parse(child.stdout)
    expect(told).toMatchObject({ code: 'LOCAL_FILE' })
    expect(told.intents).toBeGreaterThan(5)
    expect(only(folder).entries).toHaveLength(told.intents)
  })
})

describe('listOrders', () => {
  it('is empty where no order was ever made', () => {
    expect(listOrders(join(temporaryFolder(), 'orders'))).toEqual([])
  })

  it('lists the oldest first, and nothing but orders', async () => {
    const folder = temporaryFolder()
    const ids = ['01JB0000000000000000000000', '01JA0000000000000000000000']
    for (const id of ids) (await openJournal(folder, orderRecord({ id }))).release()
    fs.writeFileSync(join(folder, 'notes.txt'), 'x')
    fs.writeFileSync(join(folder, '01JC0000000000000000000000.jsonl'), '')
    expect(listOrders(folder).map(({ order }) => order.id)).toEqual([...ids].reverse())
  })

  it('leaves a line out that a crash cut off, and reads all others', () => {
    const folder = temporaryFolder()
    const intent = (n: number) => JSON.stringify({ type: 'intent', at: 1, n, act })
    writeDead(
      folder,
      intent(1),
      intent(2).slice(0, 30),
      'null',
      '{"type":"dance"}',
      intent(3),
      '{"ty',
    )
    expect(only(folder).entries.map((entry) => entry.intent.n)).toEqual([1, 3])
  })

  it('says which folder it cannot read', () => {
    vi.spyOn(fs, 'readdirSync').mockImplementation(() => {
      throw Object.assign(new Error('EACCES'), { code: 'EACCES' })
    })
    expect(() => listOrders(temporaryFolder())).toThrow(
      expect.objectContaining({ code: 'LOCAL_FILE' }),
    )
  })
})

describe('takeOver', () => {
  it('goes on where a dead process stopped', async () => {
    const folder = temporaryFolder()
    const first = await openJournal(folder, orderRecord())
    first.intend(act)
    first.release()
    const journal = await takeOver(only(folder))
    expect(journal?.order.id).toBe(orderRecord().id)
    expect(journal?.entries).toMatchObject([{ intent: { n: 1, act }, result: undefined }])
    expect(journal?.intend({ call: 'prepare' })).toBe(2)
    expect(only(folder).entries).toHaveLength(2)
    journal?.close()
    expect(fs.readdirSync(folder)).toEqual([])
  })

  it('leaves an order alone whose owner lives', async () => {
    const folder = temporaryFolder()
    const owner = await openJournal(folder, orderRecord())
    const before = fs.readFileSync(only(folder).path, 'utf8')
    expect(await takeOver(only(folder))).toBeUndefined()
    expect(fs.readFileSync(only(folder).path, 'utf8')).toBe(before)
    owner.close()
  })

  it('leaves an order alone that was claimed on another computer', async () => {
    const folder = temporaryFolder()
    const path = join(folder, `${orderRecord().id}.jsonl`)
    const records = [orderRecord(), claimRecord({ host: 'another-computer', at: Date.now() })]
    fs.writeFileSync(path, records.map((record) => JSON.stringify(record)).join('\n'))
    expect(await takeOver(only(folder))).toBeUndefined()
  })

  it('takes an order whose process died before it could claim it', async () => {
    const folder = temporaryFolder()
    fs.writeFileSync(join(folder, 'x.jsonl'), JSON.stringify(orderRecord()))
    const journal = await takeOver(only(folder))
    expect(journal).toBeDefined()
    journal?.close()
  })

  it('removes the socket that the dead process left', async () => {
    const folder = temporaryFolder()
    writeDead(folder)
    fs.writeFileSync(join(folder, 'dead.sock'), '')
    const journal = await takeOver(only(folder))
    expect(fs.existsSync(join(folder, 'dead.sock'))).toBe(false)
    journal?.close()
  })

  it('has one winner among many takers at once, and the losers leave no trace', async () => {
    for (let round = 0; round < 5; round++) {
      const folder = temporaryFolder()
      writeDead(folder)
      const file = only(folder)
      const takers = await Promise.all(Array.from({ length: 12 }, () => takeOver(file)))
      const winners = takers.filter((journal): journal is Journal => journal !== undefined)
      expect(winners).toHaveLength(1)
      expect(fs.readdirSync(folder).filter((name) => name.endsWith('.sock'))).toHaveLength(1)
      expect(await isOwned(only(folder))).toBe(true)
      winners[0]?.close()
      expect(fs.readdirSync(folder)).toEqual([])
    }
  })

  it('does not bring an order back that another has settled meanwhile', async () => {
    const folder = temporaryFolder()
    writeDead(folder)
    const file = only(folder)
    const quicker = await takeOver(file)
    quicker?.close()
    expect(await takeOver(file)).toBeUndefined()
    expect(fs.readdirSync(folder)).toEqual([])
  })

  it('stops on a full disk, and leaves no socket and no handle behind', async () => {
    const folder = temporaryFolder()
    const path = writeDead(folder)
    const closed = vi.spyOn(fs, 'closeSync')
    vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    })
    await expect(takeOver(only(folder))).rejects.toMatchObject({ code: 'LOCAL_FILE' })
    expect(closed).toHaveBeenCalledTimes(1)
    expect(fs.readdirSync(folder)).toEqual([path.slice(folder.length + 1)])
  })
})

it('keeps every text as it is, whatever stands in it', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }).filter((each) => each.isWellFormed()),
    fc.constantFrom('a\nb', '"', '\\', '\u2028', '😀', '{{x}}', '$(x)', '\0', '}\n{"type":"claim"'),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 4 }), text, async (names, token) => {
      const folder = temporaryFolder()
      const journal = await openJournal(folder, orderRecord({ grid: token }))
      const intent = journal.intend({ call: 'create', zone: token, names, token })
      journal.record(intent, { failure: token })
      const file = only(folder)
      expect(file.order.grid).toBe(token)
      expect(file.entries).toEqual(journal.entries)
      expect(lines(file.path)).toHaveLength(4)
      journal.close()
    }),
    { numRuns: 25 },
  )
})
