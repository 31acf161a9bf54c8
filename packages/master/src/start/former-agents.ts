import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hashContent } from '../secrets/secrets.ts'
import { writeAtomically } from './atomic-write.ts'

/**
 * Agents that masters over this data handed out before, by SHA-256: a machine that was ordered from the
 * last master and boots under this one still asks for that one's.
 */
export interface FormerAgents {
  find(hash: string): Promise<Buffer | undefined>
}

/** The present one among them. */
const kept = 5

/** Adds the present agent to those kept in the folder, and forgets the oldest. Throws what the disk says. */
export function keepFormerAgents(folder: string, present: Buffer): FormerAgents {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const fileOf = (hash: string): string => join(folder, `${hash}.mjs`)
  const path = fileOf(hashContent(present))
  writeAtomically(path, present)
  const age = new Map(
    readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]),
  )
  const byAge = [...age].sort(([, one], [, other]) => other - one)
  for (const [name] of byAge.slice(kept)) rmSync(join(folder, name), { force: true })
  /** Read once, as anybody may ask, and take the answer as slowly as he likes. */
  const read = new Map<string, Buffer>()
  return {
    async find(hash) {
      if (!/^[0-9a-f]{64}$/.test(hash)) return undefined
      const content = read.get(hash) ?? (await readFile(fileOf(hash)).catch(() => undefined))
      if (content === undefined) return undefined
      if (!read.has(hash) && hashContent(content) !== hash) return undefined
      read.set(hash, content)
      return content
    },
  }
}
