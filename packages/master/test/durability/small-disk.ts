import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own with little room, as far as this user may mount one. */
export interface SmallDisk {
  readonly path: string
  /** Takes all room that is left. */
  fill(): void
  /** Gives it back. */
  free(): void
  remount(as: 'ro' | 'rw'): void
  remove(): void
}

const mount = (...words: readonly string[]): boolean => spawnSync('mount', words).status === 0

export function mountSmallDisk(size: string): SmallDisk | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const path = mkdtempSync(join(tmpdir(), 'kontena-disk-'))
  if (!mount('-t', 'tmpfs', '-o', `size=${size},mode=700`, 'kontena', path)) {
    rmdirSync(path)
    return undefined
  }
  const filler = join(path, 'filler')
  return {
    path,
    fill: () => {
      const file = openSync(filler, 'a')
      try {
        for (const bytes of [65_536, 512, 1]) writeUntilFull(file, Buffer.alloc(bytes))
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(filler, { force: true }),
    remount: (as) => {
      if (!mount('-o', `remount,${as}`, path)) throw new Error(`${path} cannot be remounted`)
    },
    remove: () => {
      spawnSync('umount', ['-l', path])
      rmdirSync(path)
    },
  }
}

function writeUntilFull(file: number, chunk: Buffer): void {
  for (;;) {
    try {
      if (writeSync(file, chunk) < chunk.length) return
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return
      throw error
    }
  }
}
