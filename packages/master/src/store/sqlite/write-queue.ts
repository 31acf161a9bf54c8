import type BetterSqlite from 'better-sqlite3'

/**
 * Changes, gathered so that those which come together reach the disk together: a thousand agents that
 * connect at once cost a few syncs of the disk, and none is told that it is stored before it is.
 */
export interface WriteQueue {
  /** Runs the work alone and completely; what it throws undoes it and rejects. Resolves once on disk. */
  write<T>(work: () => T): Promise<T>
  /** As {@link write}, for what nobody waits for: it may wait {@link patience} for others. */
  writeSoon<T>(work: () => T): Promise<T>
  /** Calls back after each commit. */
  onCommit(listener: () => void): void
  /** Stores what waits, and takes no more. */
  close(): Promise<void>
}

/** Milliseconds that a patient write waits for others to share a commit with. */
const patience = 250

interface Waiting {
  run(): void
  resolve(): void
  reject(error: unknown): void
}

export function writeQueue(database: BetterSqlite.Database): WriteQueue {
  const savepoint = {
    set: database.prepare('SAVEPOINT piece'),
    keep: database.prepare('RELEASE piece'),
    undo: database.prepare('ROLLBACK TO piece'),
  }
  const listeners: (() => void)[] = []
  let waiting: Waiting[] = []
  let next: NodeJS.Immediate | undefined
  let later: NodeJS.Timeout | undefined
  let isClosed = false

  const commit = database.transaction((pieces: readonly Waiting[]) =>
    pieces.filter((piece) => {
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
        piece.reject(error)
        return false
      }
    }),
  )

  function flush(): void {
    clearImmediate(next)
    clearTimeout(later)
    next = undefined
    later = undefined
    const pieces = waiting
    waiting = []
    if (pieces.length === 0) return
    let stored: readonly Waiting[]
    try {
      stored = commit.immediate(pieces)
    } catch (error) {
      for (const piece of pieces) piece.reject(error)
      return
    }
    for (const piece of stored) piece.resolve()
    for (const listener of listeners) listener()
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
      next ??= setImmediate(flush)
      return add(work)
    },
    writeSoon: (work) => {
      later ??= setTimeout(flush, patience)
      return add(work)
    },
    onCommit: (listener) => void listeners.push(listener),
    close: async () => {
      flush()
      isClosed = true
    },
  }
}
