import { createHash } from 'node:crypto'
import type { MachineBatch } from '@kontena/core'
import { z } from 'zod'
import type { Address } from './target.ts'

/** Words that go into messages and commands to type; the host may say what it likes. */
const word = z.string().regex(/^[\w.:][\w.:/-]{0,255}$/)
/** As masters take it. */
const grid = z.string().regex(/^[\w-]{1,256}$/)

/** What stands on a host that was claimed for a node. */
export const claim = z.object({
  version: z.literal(1),
  id: word,
  name: word,
  owner: z.object({ master: word, grid }),
  order: word,
  token: word,
  zone: word,
  tags: z.record(z.string(), z.string()).default({}),
})
export type Claim = z.infer<typeof claim>

/** Undefined for what is none of ours. */
export function parseClaim(text: string | undefined): Claim | undefined {
  try {
    return claim.parse(JSON.parse(text ?? ''))
  } catch {
    return undefined
  }
}

/** The same batch makes the same bytes, by which a repeat of its create is known on the host. */
export function claimOf(
  { owner, order, token, zone, names, tags }: MachineBatch,
  id: string,
): Claim {
  const { master, grid } = owner
  return { version: 1, id, name: names[0] ?? '', owner: { master, grid }, order, token, zone, tags }
}

/** What an id says: where the host is, and which host it is. */
export interface MachineId {
  readonly address: Address
  /** Tells the host itself from another one at the same address. */
  readonly host: string
}

/**
 * `HOST:PORT/<host>-<creation>`: the first half brings any computer to the host, the second tells this host
 * from one that has its address by now, and this creation from those before it. All characters are such as
 * the machine's own enrolment takes.
 */
export function formatId({ host, port }: Address, machine: string, token: string): string {
  return `${host}:${port}/${digest(machine)}-${digest(token)}`
}

/** Undefined for what is no id of ours. */
export function parseId(id: string): MachineId | undefined {
  const match = /^([a-z0-9._:-]+):(\d{1,5})\/([0-9a-f]{8})-[0-9a-f]{8}$/.exec(id)
  const [, name, port, host] = match ?? []
  if (name === undefined || host === undefined) return undefined
  return { address: { host: name, port: Number(port) }, host }
}

/** Whether a host with this machine-id(5) is the one an id speaks of. */
export function isHost({ host }: MachineId, machine: string): boolean {
  return host === digest(machine)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
