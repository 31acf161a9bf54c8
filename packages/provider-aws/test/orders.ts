import { randomUUID } from 'node:crypto'
import {
  type Call,
  type MachineBatch,
  networkPolicy,
  type Owner,
  type ProviderSession,
  type Shared,
} from '@kontena/core'
import { aws } from '../src/index.ts'

export const call: Call = { signal: new AbortController().signal }
export const policy = networkPolicy({ open: ['80/tcp'] })

/** A new master's grid, so that tests do not see each other's machines. */
export function newOwner(grid = 'demo'): Owner {
  return { master: randomUUID(), grid }
}

export interface Flags {
  readonly access?: Readonly<Record<string, unknown>>
  readonly machine?: Readonly<Record<string, unknown>>
}

/** A session as the command line opens it: options parsed by the manifest's schemas. */
export async function openSession(flags: Flags = {}): Promise<ProviderSession> {
  const open = await aws.load()
  return open({
    access: aws.accessOptions.parse(flags.access ?? {}),
    machine: aws.machineOptions.parse(flags.machine ?? {}),
  })
}

export function batchOf(
  owner: Owner,
  shared: Shared,
  changes: Partial<MachineBatch> = {},
): MachineBatch {
  return {
    owner,
    order: '01JD0000000000000000000000',
    zone: 'eu-west-1a',
    names: ['web-1', 'web-2'],
    userData: Buffer.from('#cloud-config\n'),
    shared,
    token: randomUUID(),
    minimum: 'all',
    tags: { team: 'blue "sky" é' },
    ...changes,
  }
}
