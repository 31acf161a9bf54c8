import { randomUUID } from 'node:crypto'
import {
  type Call,
  type MachineBatch,
  type MachineOrder,
  networkPolicy,
  type Owner,
  openRateBudget,
  type ProviderSession,
  type RateBudget,
  type Shared,
} from '@kontena/core'
import { digitalocean } from '../src/index.ts'

export const call: Call = { signal: new AbortController().signal }

/** A new master's grid, so that tests do not see each other's machines. */
export function newOwner(grid = 'demo'): Owner {
  return { master: randomUUID(), grid }
}

/** What an order of one machine says to a provider. */
export function orderOf(owner: Owner, changes: Partial<MachineOrder> = {}): MachineOrder {
  return { owner, count: 1, policy: networkPolicy(), sshKeys: [], tags: {}, ...changes }
}

export interface Flags {
  readonly access?: Readonly<Record<string, unknown>>
  readonly machine?: Readonly<Record<string, unknown>>
  readonly rate?: RateBudget
}

/** A session as the command line opens it: options parsed by the manifest's schemas. */
export async function openSession(flags: Flags = {}): Promise<ProviderSession> {
  const open = await digitalocean.load()
  const { DIGITALOCEAN_ACCESS_TOKEN: token, DIGITALOCEAN_REGION: region } = process.env
  return open({
    access: digitalocean.accessOptions.parse({ token, region, ...flags.access }),
    machine: digitalocean.machineOptions.parse(flags.machine ?? {}),
    folder: '/nonexistent/digitalocean',
    rate: flags.rate ?? openRateBudget({ title: digitalocean.title, emit: () => undefined }),
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
    zone: 'fra1',
    names: ['web-1', 'web-2'],
    userData: Buffer.from('#cloud-config\n'),
    shared,
    token: `01JD0000000000000000000000-${randomUUID()}`,
    minimum: 'all',
    sshKeys: [],
    tags: { team: 'blue' },
    ...changes,
  }
}
