import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What has to be undone when a file of tests is over, in the reverse order. */
export interface Scratch {
  /** A folder that goes away last. */
  readonly folder: string
  defer(undo: () => Promise<void> | void): void
  /** Undoes everything, also when a part fails; rejects with the first failure. */
  close(): Promise<void>
}

export function openScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-vm-'))
  const undoing: (() => Promise<void> | void)[] = [
    () => rmSync(folder, { recursive: true, force: true }),
  ]
  const close = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const undo of undoing.splice(0).reverse()) {
      try {
        await undo()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
  const leave = (): void => void close().finally(() => process.exit(1))
  for (const end of ends) process.once(end, leave)
  return {
    folder,
    defer: (undo) => void undoing.push(undo),
    async close() {
      for (const end of ends) process.off(end, leave)
      await close()
    },
  }
}

/** How a run is cut off: by a person, or by the end of the process that started this one. */
const ends = ['SIGINT', 'SIGTERM', 'disconnect'] as const
