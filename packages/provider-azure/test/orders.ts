import { randomUUID } from 'node:crypto'
import {
  type Call,
  isFailure,
  type MachineBatch,
  type MachineOrder,
  networkPolicy,
  type Owner,
  type Prepared,
  type ProviderSession,
  type RateBudget,
  type Shared,
} from '@kontena/core'
import { vi } from 'vitest'
import { azure } from '../src/index.ts'

export const call: Call = { signal: new AbortController().signal }
export const policy = networkPolicy({ open: ['80/tcp'] })
export const patience = { timeout: 10_000, interval: 50 }

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
  readonly rate?: RateBudget
}

/** The simulator's buckets empty when all tests of a file draw on them, and fill in seconds. */
const boundless: RateBudget = {
  admit: async (signal) => signal.throwIfAborted(),
  learn: () => undefined,
  pause: () => undefined,
}

/** A session as the command line opens it: options parsed by the manifest's schemas, with the environment. */
export async function openSession(flags: Flags = {}): Promise<ProviderSession> {
  const open = await azure.load()
  const environment = {
    subscriptionId: process.env.AZURE_SUBSCRIPTION_ID,
    location: process.env.AZURE_LOCATION,
  }
  return open({
    access: azure.accessOptions.parse({ ...environment, ...flags.access }),
    machine: azure.machineOptions.parse(flags.machine ?? {}),
    folder: '/nonexistent/azure',
    rate: flags.rate ?? boundless,
  })
}

/** Calls again while Azure is not through, as the kernel does with pauses of seconds. */
export async function untilReady<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  return vi
    .waitFor(async () => {
      try {
        return { answer: await ask() }
      } catch (error) {
        if (isFailure(error, 'BUSY')) throw error
        return { error }
      }
    }, patience)
    .then((ended) => {
      if ('error' in ended) throw ended.error
      return ended.answer
    })
}

export async function prepare(session: ProviderSession, order: MachineOrder): Promise<Prepared> {
  return untilReady(() => session.prepare(order, call))
}

export function batchOf(
  owner: Owner,
  shared: Shared,
  changes: Partial<MachineBatch> = {},
): MachineBatch {
  return {
    owner,
    order: '01JD0000000000000000000000',
    zone: 'westeurope-1',
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
