import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** What tells one machine from another, as hashes. What cannot be seen is absent. */
export const machineFacts = z.object({
  /** Of the number that firmware or hypervisor gives it. */
  hardware: z.string().optional(),
  /** Of the hardware addresses of its network cards. */
  cards: z.array(z.string()),
})
export type MachineFacts = z.infer<typeof machineFacts>

/** Reads them below `/sys`, which shows the host's in a container too. */
export async function readMachineFacts(sys: string): Promise<MachineFacts> {
  const number = await readText(join(sys, 'class/dmi/id/product_uuid'))
  return { hardware: hardwareOf(number), cards: await readCards(join(sys, 'class/net')) }
}

/**
 * Whether these are two machines. That needs all to be known and nothing in common: a machine that gets
 * another board, or another card, stays what it is.
 */
export function areOtherMachines(one: MachineFacts, other: MachineFacts): boolean {
  if (one.hardware === undefined || other.hardware === undefined) return false
  if (one.hardware === other.hardware) return false
  if (one.cards.length === 0 || other.cards.length === 0) return false
  return !one.cards.some((card) => other.cards.includes(card))
}

/**
 * Kernels and firmware do not agree about the order of a UUID's bytes, so that it changes with either: the
 * order does not count. Numbers that many makers put there do not count at all.
 */
function hardwareOf(number: string): string | undefined {
  const bytes = number.toLowerCase().match(/[0-9a-f]{2}/g) ?? []
  const isUseless = bytes.length !== 16 || new Set(bytes).size < 5 || number.startsWith('03000200-')
  return isUseless ? undefined : hash(bytes.toSorted().join(''))
}

/** Bridges and the like have no device, and make their addresses up. */
async function readCards(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const real = names.filter((name) => existsSync(join(folder, name, 'device')))
  const addresses = await Promise.all(real.map((name) => readText(join(folder, name, 'address'))))
  return addresses
    .filter((address) => /[1-9a-f]/.test(address))
    .map(hash)
    .toSorted()
}

async function readText(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim()
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
