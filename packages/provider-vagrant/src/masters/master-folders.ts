import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ProvisionError } from '@kontena/core'
import { z } from 'zod'
import type { Layout } from '../layout.ts'

const masterRecord = z.object({
  version: z.literal(1),
  name: z.string().min(1),
  provider: z.string(),
  address: z.string(),
  url: z.string(),
})
/** What is known of a master's machine from before it was made until it is gone. */
export type MasterRecord = z.infer<typeof masterRecord>

export interface MasterFolder {
  readonly path: string
  readonly record: MasterRecord
}

/** By name. Throws `LOCAL_FILE` for one whose record is damaged. */
export function listMasters(layout: Layout): MasterFolder[] {
  if (!existsSync(layout.masters)) return []
  return readdirSync(layout.masters)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .map((name) => readMaster(join(layout.masters, name)))
}

/** Throws `NOT_FOUND` where there is none of the name. */
export function findMaster(layout: Layout, name: string): MasterFolder {
  const path = layout.master(name)
  if (existsSync(path)) return readMaster(path)
  const names = listMasters(layout).map(({ record }) => record.name)
  throw new ProvisionError('NOT_FOUND', `there is no master ${name} on this computer`, {
    hint:
      names.length === 0
        ? 'make one with: kontena vagrant master create'
        : `there are: ${names.join(', ')}`,
  })
}

/** In the folder of addresses, the holder of a master's. */
export function holderOf(name: string): string {
  return `master-${name}`
}

export function isMaster(layout: Layout, holder: string): boolean {
  return holder.startsWith('master-') && existsSync(layout.master(holder.slice('master-'.length)))
}

function readMaster(path: string): MasterFolder {
  const file = join(path, 'master.json')
  try {
    return { path, record: masterRecord.parse(JSON.parse(readFileSync(file, 'utf8'))) }
  } catch (error) {
    throw new ProvisionError(
      'LOCAL_FILE',
      `${file} does not say what master ${basename(path)} is`,
      {
        hint: `take its VM away with "vagrant destroy -f" in ${path}, and remove that folder`,
        cause: error,
      },
    )
  }
}
