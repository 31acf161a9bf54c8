import { setImmediate as nextTurn } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type WriteQueue, writeQueue } from '../../../src/store/sqlite/write-queue.ts'

let database: BetterSqlite.Database
let queue: WriteQueue
let reported: unknown[]
beforeEach(() => {
  database = new BetterSqlite(':memory:')
  database.exec('CREATE TABLE things (name TEXT PRIMARY KEY) STRICT')
  reported = []
  queue = writeQueue(database, { report: (error) => reported.push(error) })
})

const add = (name: string): number =>
  database.prepare('INSERT INTO things VALUES (?)').run(name).changes
const names = (): unknown[] => database.prepare('SELECT name FROM things').pluck().all()

/** Lets the database grow no further than it is. */
function fill(): void {
  database.exec(`CREATE TABLE filling (text TEXT); INSERT INTO filling VALUES ('x')`)
  database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true })}`)
}

/** On a computer that is busy even this much takes longer than the queue waits. */
function stopTime(): void {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0)
  onTestFinished(() => now.mockRestore())
}

const big = 'x'.repeat(100_000)

describe('the queue of writes', () => {
  it('stores what comes together in one commit', async () => {
    stopTime()
    let commits = 0
    queue.onCommit(() => {
      commits += 1
    })
    const all = ['a', 'b', 'c'].map((name) => queue.write(() => add(name)))
    expect(names()).toEqual([])
    expect(await Promise.all(all)).toEqual([1, 1, 1])
    expect(commits).toBe(1)
    expect(names()).toEqual(['a', 'b', 'c'])
  })

  it('waits for what comes in the next turns of the event loop, and then no longer', async () => {
    stopTime()
    let commits = 0
    queue.onCommit(() => {
      commits += 1
    })
    const all: Promise<number>[] = []
    for (const name of ['a', 'b', 'c']) {
      all.push(queue.write(() => add(name)))
      await nextTurn()
    }
    await Promise.all(all)
    expect(commits).toBe(1)
    await queue.write(() => add('d'))
    expect(commits).toBe(2)
  })

  it('gives others their turn where it has much to store, and keeps the order', async () => {
    let commits = 0
    queue.onCommit(() => {
      commits += 1
    })
    const slow = (name: string) => () => {
      const until = performance.now() + 20
      while (performance.now() < until);
      return add(name)
    }
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => queue.write(slow(name))))
    expect(commits).toBeGreaterThan(1)
    expect(database.prepare('SELECT name FROM things ORDER BY rowid').pluck().all()).toEqual([
      'a',
      'b',
      'c',
      'd',
    ])
  })

  it('undoes all of a piece that fails, and nothing of those around it', async () => {
    const [before, bad, after] = await Promise.allSettled([
      queue.write(() => add('a')),
      queue.write(() => {
        add('half')
        throw new Error('no further')
      }),
      queue.write(() => add('b')),
    ])
    expect([before?.status, bad?.status, after?.status]).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(bad).toMatchObject({ reason: { message: 'no further' } })
    expect(names()).toEqual(['a', 'b'])
  })

  it('shows a piece what those before it stored', async () => {
    const [, second] = await Promise.allSettled([
      queue.write(() => add('a')),
      queue.write(() => add('a')),
    ])
    expect(second).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' } })
  })

  it('acknowledges nothing of a commit for which there is no room', async () => {
    fill()
    const outcomes = await Promise.allSettled([
      queue.write(() => add('small')),
      queue.write(() => add(big)),
      queue.write(() => add(`${big}2`)),
    ])
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') expect(names()).toContain(['small'][index])
      else expect(outcome.reason).toMatchObject({ name: 'StorageError', trouble: 'full' })
    }
    expect(outcomes[1]?.status).toBe('rejected')
    expect(names().join()).not.toContain('xx')
    expect(database.inTransaction).toBe(false)
  })

  it('goes on when there is room again', async () => {
    fill()
    await expect(queue.write(() => add(big))).rejects.toMatchObject({
      message: 'the disk of the master is full, so nothing was changed',
    })
    database.pragma('max_page_count = 1000000')
    await queue.write(() => add(big))
    expect(names()).toEqual([big])
    expect(queue.trouble()).toBeUndefined()
  })

  it('takes what is written from within the work of another', async () => {
    let inner: Promise<number> | undefined
    await queue.write(() => {
      inner = queue.write(() => add('inner'))
      return add('outer')
    })
    await inner
    expect(names()).toEqual(['outer', 'inner'])
  })

  it('tells every listener, though one of them throws', async () => {
    const told: string[] = []
    queue.onCommit(() => {
      throw new Error('a bug')
    })
    queue.onCommit(() => told.push('second'))
    await queue.write(() => add('a'))
    expect(told).toEqual(['second'])
    expect(reported).toEqual([expect.objectContaining({ message: 'a bug' })])
  })

  it('stores what waits when it is closed, and refuses what comes then', async () => {
    const waiting = [queue.write(() => add('a')), queue.writeSoon(() => add('b'))]
    let late: Promise<unknown> = Promise.resolve()
    queue.onCommit(() => {
      late = queue.write(() => add('late')).catch((error: unknown) => error)
    })
    await queue.close()
    await Promise.all(waiting)
    expect(names()).toEqual(['a', 'b'])
    expect(await late).toMatchObject({ message: 'the database is closed' })
    await expect(queue.write(() => add('c'))).rejects.toThrow('the database is closed')
  })

  it('stores what may wait together with what may not', async () => {
    const soon = queue.writeSoon(() => add('soon'))
    await queue.write(() => add('now'))
    await soon
    expect(names()).toEqual(['soon', 'now'])
  })
})
