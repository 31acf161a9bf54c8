import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makePrivateFolder, ProvisionError, replacePrivateFile } from '@kontena/core'
import { z } from 'zod'
import { claim } from './claim.ts'

/** A machine that this computer made, and how it reached the host. */
const remembered = z.object({
  claim,
  /** When it was to be made, in milliseconds since the epoch. */
  at: z.number(),
  user: z.string(),
  key: z.string().optional(),
  jump: z.string().optional(),
  /** Fingerprints of host keys that were named when the machine was made. */
  pins: z.array(z.string()),
})
export type Remembered = z.infer<typeof remembered>

/**
 * What this computer knows of hosts that it made nodes of. The truth stands on the hosts; this is how to
 * get there without typing it again, and where to look after a command died.
 */
export interface Memory {
  all(): Promise<readonly Remembered[]>
  of(id: string): Promise<Remembered | undefined>
  /** Lasts once it resolves, as what follows may be cut off at any point. */
  keep(host: Remembered): Promise<void>
  forget(id: string): Promise<void>
}

export function openMemory(folder: string): Memory {
  const fileOf = (id: string): string => join(folder, `${id.replace(/[^a-z0-9.-]/g, '_')}.json`)
  return {
    all: async () => {
      const names = (await unlessMissing(readdir(folder))) ?? []
      const files = names.filter((name) => name.endsWith('.json')).sort()
      const found = await Promise.all(files.map((name) => read(join(folder, name))))
      return found.flatMap((host) => host ?? [])
    },
    of: async (id) => {
      const host = await read(fileOf(id))
      return host?.claim.id === id ? host : undefined
    },
    keep: async (host) => {
      makePrivateFolder(folder)
      replacePrivateFile(fileOf(host.claim.id), `${JSON.stringify(host)}\n`)
    },
    forget: (id) => rm(fileOf(id), { force: true }),
  }
}

/** A file that is not ours, or of which a part is missing, says nothing. */
async function read(file: string): Promise<Remembered | undefined> {
  const text = await unlessMissing(readFile(file, 'utf8'))
  try {
    return remembered.parse(JSON.parse(text ?? ''))
  } catch {
    return undefined
  }
}

async function unlessMissing<Answer>(work: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new ProvisionError('LOCAL_FILE', "the SSH provider's own folder cannot be read", {
      cause: error,
      hint: 'see that it is yours, and no file',
    })
  }
}
