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
  return {
    folder,
    defer: (undo) => void undoing.push(undo),
    async close() {
      const failures: unknown[] = []
      for (const undo of undoing.toReversed()) {
        try {
          await undo()
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}
