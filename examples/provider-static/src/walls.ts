import { type Call, type NetworkPolicy, type Owner, ProvisionError } from '@kontena/core'
import { z } from 'zod'
import type { Inventory } from './inventory-client.ts'

const rule = z.object({
  protocol: z.enum(['tcp', 'udp', 'esp']),
  ports: z.tuple([z.number(), z.number()]).nullable(),
  from: z.union([z.literal('grid'), z.array(z.string())]),
})
type Rule = z.infer<typeof rule>
const wall = z.object({
  name: z.string(),
  owner: z.object({ master: z.string(), grid: z.string() }).nullable(),
  rules: z.array(rule),
})
const walls = z.object({ walls: z.array(wall) })

export function wallName(owner: Owner): string {
  return `kontena-${owner.grid}-${owner.master.slice(0, 8)}`
}

/** Rules that the grid's wall lacks; all of them where there is no wall. Never one too many. */
export async function missingRules(
  inventory: Inventory,
  { owner, policy }: { owner: Owner; policy: NetworkPolicy },
  call: Call,
): Promise<readonly Rule[]> {
  const there = await findWall(inventory, owner, call)
  const has = new Set(there?.rules.map((known) => JSON.stringify(known)))
  return policy.rules
    .map(
      ({ protocol, ports, from }): Rule => ({
        protocol,
        ports: ports === undefined ? null : [...ports],
        from: from === 'grid' ? from : [...from],
      }),
    )
    .filter((wanted) => !has.has(JSON.stringify(wanted)))
}

/** Makes the wall where it is missing; the inventory adds these rules to those it has. */
export async function addRules(
  inventory: Inventory,
  { owner, rules }: { owner: Owner; rules: readonly Rule[] },
  call: Call,
): Promise<void> {
  if (rules.length === 0) return
  const path = `walls/${wallName(owner)}`
  const question = { method: 'PUT', path, about: `wall ${wallName(owner)}`, answer: wall } as const
  await inventory.ask({ ...question, body: { owner, rules } }, call)
}

export async function removeWall(inventory: Inventory, owner: Owner, call: Call): Promise<void> {
  const there = await findWall(inventory, owner, call)
  if (there === undefined) return
  const path = `walls/${there.name}`
  const question = { method: 'DELETE', path, about: `wall ${there.name}` } as const
  await inventory.ask({ ...question, answer: z.object({}) }, call)
}

/** A wall of that name whose owner is another is never ours to touch. */
async function findWall(
  inventory: Inventory,
  owner: Owner,
  call: Call,
): Promise<z.infer<typeof wall> | undefined> {
  const name = wallName(owner)
  const about = `wall ${name}`
  const question = { method: 'GET', path: 'walls', about, answer: walls } as const
  const answer = await inventory.ask({ ...question, query: { name } }, call)
  const found = answer.walls.find((candidate) => candidate.name === name)
  if (found === undefined) return undefined
  if (found.owner?.master === owner.master && found.owner.grid === owner.grid) return found
  throw new ProvisionError('NAME_TAKEN', `wall ${name} is not ours`, {
    hint: 'ask whoever runs the inventory to rename it',
  })
}
