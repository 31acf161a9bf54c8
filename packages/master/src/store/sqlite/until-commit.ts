import type { Database } from './database.ts'

/**
 * Remembers what was found by a key until anything at all has changed. For what is read with every
 * request: reads come in hundreds between two commits.
 */
export function untilCommit<T>(
  database: Pick<Database, 'onCommit'>,
  find: (key: string) => T | undefined,
): (key: string) => T | undefined {
  const known = new Map<string, T>()
  database.onCommit(() => known.clear())
  return (key) => {
    const found = known.get(key) ?? find(key)
    if (found !== undefined) known.set(key, found)
    return found
  }
}
