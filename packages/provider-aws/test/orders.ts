import { randomUUID } from 'node:crypto'
import {
  type Call,
  type MachineBatch,
  type MachineOrder,
  networkPolicy,
  type Owner,
  openRateBudget,
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

/** What an order of one machine says to a provider. */
export function orderOf(owner: Owner, changes: Partial<MachineOrder> = {}): MachineOrder {
  return { owner, count: 1, policy, sshKeys: [], tags: {}, ...changes }
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
    folder: '/nonexistent/aws',
    rate: openRateBudget({ title: aws.title, emit: () => undefined }),
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
    sshKeys: [],
    tags: { team: 'blue "sky" é' },
    ...changes,
  }
}
