import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncDirectory } from './atomic-write.ts'

/**
 * Makes a directory for its owner alone, with those above it, and keeps their names on disk. Step by step:
 * Node's own recursive mkdir never ends below a directory that takes none, such as /proc.
 */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return
  const above = dirname(path)
  if (above !== path) makeDirectory(above)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process made it in the meantime.
    if (!existsSync(path)) throw error
  }
  syncDirectory(above)
}
