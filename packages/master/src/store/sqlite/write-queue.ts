import { channel } from 'node:diagnostics_channel'
import type BetterSqlite from 'better-sqlite3'
import { StorageError } from '../storage-error.ts'
import { quietMoment } from './quiet-moment.ts'
import { storageFailure } from './storage-failure.ts'

/**
 * Changes, gathered so that those which come together reach the disk together: a thousand agents that
 * connect at once cost a few syncs of the disk, and none is told that it is stored before it is.
 */
export interface WriteQueue {
  /**
   * Runs the work alone and completely; what it throws undoes it and rejects. Resolves once on disk.
   * Rejects with `StorageError` where the disk does not take it.
   */
  write<T>(work: () => T): Promise<T>
  /** As {@link write}, for what nobody waits for: it may wait {@link patience} for others. */
  writeSoon<T>(work: () => T): Promise<T>
  /** Calls back after each commit. What a listener throws does no harm to the writes, nor to others. */
  onCommit(listener: () => void): void
  /** What the disk had against the last commit; undefined where it took it. */
  trouble(): StorageError | undefined
  /** Stores what waits, and takes no more. */
  close(): Promise<void>
}

/** Milliseconds that a patient write waits for others to share a commit with. */
const patience = 250

/**
 * Milliseconds of work that go into one commit, after which others have their turn of the event loop. The
 * first piece always does.
 */
const longestCommit = 25

/** Publishes each commit with its number of writes, to measurements that subscribe to it. */
const committed = channel('kontena:store:commit')

interface Waiting {
  run(): void
  resolve(): void
  reject(error: unknown): void
}

export interface WriteQueueOptions {
  /** Is told what a listener threw. */
  report: (error: unknown) => void
}

export function writeQueue(
  database: BetterSqlite.Database,
  { report }: WriteQueueOptions,
): WriteQueue {
  const savepoint = {
    set: database.prepare('SAVEPOINT piece'),
    keep: database.prepare('RELEASE piece'),
    undo: database.prepare('ROLLBACK TO piece'),
  }
  const listeners: (() => void)[] = []
  let waiting: Waiting[] = []
  const quiet = quietMoment(flush, () => waiting.length)
  let later: NodeJS.Timeout | undefined
  let isClosed = false
  let trouble: StorageError | undefined

  /** Runs what time allows, and tells which of it is stored and what has to wait. */
  const commit = database.transaction((pieces: readonly Waiting[]) => {
    const until = performance.now() + longestCommit
    const stored: Waiting[] = []
    for (const [index, piece] of pieces.entries()) {
      if (index > 0 && performance.now() > until) return { stored, left: pieces.slice(index) }
      if (runAlone(piece)) stored.push(piece)
    }
    return { stored, left: [] }
  })

  function runAlone(piece: Waiting): boolean {
    savepoint.set.run()
    try {
      piece.run()
      savepoint.keep.run()
      return true
    } catch (error) {
      // A full disk ends the whole transaction, and all that was in it fails with its error.
      if (!database.inTransaction) throw error
      savepoint.undo.run()
      savepoint.keep.run()
      piece.reject(storageFailure(error))
      return false
    }
  }

  function flush(): void {
    quiet.forget()
    clearTimeout(later)
    later = undefined
    const pieces = waiting
    waiting = []
    if (pieces.length === 0) return
    const stored = store(pieces)
    if (waiting.length > 0) quiet.await()
    if (stored === undefined) return
    committed.publish({ writes: stored.length })
    for (const piece of stored) piece.resolve()
    for (const listener of listeners) tell(listener)
  }

  /** What has to wait is put back. Undefined where the disk took nothing, of which all are told. */
  function store(pieces: readonly Waiting[]): readonly Waiting[] | undefined {
    try {
      const { stored, left } = commit.immediate(pieces)
      waiting.unshift(...left)
      trouble = undefined
      return stored
    } catch (error) {
      const failure = storageFailure(error)
      if (failure instanceof StorageError) trouble = failure
      for (const piece of pieces) piece.reject(failure)
      return undefined
    }
  }

  function tell(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      report(error)
    }
  }

  function add<T>(work: () => T): Promise<T> {
    if (isClosed) return Promise.reject(new Error('the database is closed'))
    return new Promise<T>((resolve, reject) => {
      let result: { value: T } | undefined
      waiting.push({
        run: () => {
          result = { value: work() }
        },
        resolve: () => {
          if (result !== undefined) resolve(result.value)
        },
        reject,
      })
    })
  }

  return {
    write: (work) => {
      quiet.await()
      return add(work)
    },
    writeSoon: (work) => {
      later ??= setTimeout(flush, patience)
      return add(work)
    },
    onCommit: (listener) => void listeners.push(listener),
    trouble: () => trouble,
    close: async () => {
      isClosed = true
      while (waiting.length > 0) flush()
    },
  }
}
