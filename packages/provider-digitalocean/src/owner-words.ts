import type { Owner } from '@kontena/core'

/** Says whose a thing is that can have no tags, in its name or description. */
export function ownerWords({ master, grid }: Owner): string {
  return `kontena:master:${master} kontena:grid:${grid}`
}
