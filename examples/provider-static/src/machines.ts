import type { BatchResult, Call, Machine, MachineBatch, MachineQuery } from '@kontena/core'
import { z } from 'zod'
import { explain } from './errors.ts'
import type { Inventory } from './inventory-client.ts'

const nothing = z.object({})
const machine = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['pending', 'running', 'going', 'failed']),
  rack: z.string(),
  address: z.string(),
  owner: z.object({ master: z.string(), grid: z.string() }),
  order: z.string(),
  token: z.string(),
  reason: z.string().nullable(),
})
const made = z.object({ machines: z.array(machine), refused: z.string().nullable() })
const page = z.object({ machines: z.array(machine), next: z.string().nullable() })

/** Asks whether a claim would be let through; makes none. */
export async function tryClaim(
  inventory: Inventory,
  body: { count: number; rack: string | undefined },
  call: Call,
): Promise<void> {
  const about = `${body.count} machines in ${body.rack ?? inventory.site}`
  await inventory.ask({ method: 'POST', path: 'checks', body, about, answer: nothing }, call)
}

/** One claim for the whole batch; the inventory knows its repeat by the token. */
export async function claimMachines(
  inventory: Inventory,
  batch: MachineBatch,
  call: Call,
): Promise<BatchResult> {
  const { zone, names, minimum, owner, order, token, userData, tags } = batch
  const about = `${names.length} machines in rack ${zone}`
  const body = {
    ...{ rack: zone, names, minimum, owner, order, token, tags },
    userData: Buffer.from(userData).toString('base64'),
  }
  const question = { method: 'POST', path: 'machines', body, about, answer: made } as const
  const { machines, refused } = await inventory.ask(question, call)
  return {
    machines: machines.map(readMachine),
    ...(refused !== null && { failure: explain({ about, status: 409, error: refused }) }),
  }
}

/** All that match, page after page; as many requests for one machine as for a page full. */
export async function findMachines(
  inventory: Inventory,
  query: MachineQuery,
  call: Call,
): Promise<readonly Machine[]> {
  const about = 'the machines'
  const question = { method: 'GET', path: 'machines', about, answer: page } as const
  const wanted: Record<string, string> =
    'ids' in query
      ? { id: query.ids.join(',') }
      : { ...query.owner, ...(query.order !== undefined && { order: query.order }) }
  const found: Machine[] = []
  for (let next: string | null = '0'; next !== null; ) {
    const answer: z.infer<typeof page> = await inventory.ask(
      { ...question, query: { ...wanted, page: next } },
      call,
    )
    found.push(...answer.machines.map(readMachine))
    next = answer.next
  }
  return found
}

/** The inventory passes over ids that it does not know. */
export async function releaseMachines(
  inventory: Inventory,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  if (ids.length === 0) return
  const about = `machines ${ids.slice(0, 3).join(', ')}`
  const question = { method: 'DELETE', path: 'machines', about, answer: nothing } as const
  await inventory.ask({ ...question, query: { id: ids.join(',') } }, call)
}

export async function restartMachines(
  inventory: Inventory,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  const about = `machines ${ids.slice(0, 3).join(', ')}`
  const question = { method: 'POST', path: 'restarts', about, answer: nothing } as const
  await inventory.ask({ ...question, body: { ids } }, call)
}

function readMachine({ rack, address, reason, ...rest }: z.infer<typeof machine>): Machine {
  return {
    ...rest,
    zone: rack,
    launchIndex: undefined,
    publicAddress: undefined,
    privateAddress: address,
    type: undefined,
    reason: reason ?? undefined,
  }
}
