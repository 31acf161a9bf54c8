import { type Call, type Owner, ProvisionError, unlessGone } from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import * as dots from './dots.ts'
import { findDroplet } from './droplets.ts'
import { listAll } from './pages.ts'
import { readTags } from './tags.ts'
import { isVpcOf, listVpcs, type Vpc } from './vpcs.ts'

/**
 * Removes the grid's VPC in this region. Rejects with `BUSY` while one of its machines is in it; resolves
 * to the names of those that stay, as something else is in them.
 */
export async function removeOwnVpcs(
  cloud: Cloud,
  owner: Owner,
  call: Call,
): Promise<readonly string[]> {
  const region = cloud.region()
  const all = await listVpcs(cloud, call)
  const own = all.filter((vpc) => vpc.region === region && isVpcOf(vpc, owner))
  const kept: string[] = []
  for (const vpc of own) if (!(await removeVpc(cloud, { vpc, owner }, call))) kept.push(vpc.name)
  return kept.map((name) => `VPC ${name}`)
}

/** False where it stays, as it is not the grid's alone. */
async function removeVpc(
  cloud: Cloud,
  { vpc, owner }: { vpc: Vpc; owner: Owner },
  call: Call,
): Promise<boolean> {
  // A region's default one can never be deleted, and somebody may have made it that meanwhile.
  if (vpc.default) return false
  const members = await listMembers(cloud, vpc, call)
  for (const urn of members) {
    const holder = await holderOf(cloud, { urn, owner }, call)
    if (holder === 'other') return false
  }
  if (members.length > 0) throw inUse(vpc)
  const question = { scope: 'vpc:delete', about: `VPC ${vpc.name}`, ...call }
  await unlessGone(() =>
    cloud.ask(question, z.unknown(), (context) => dots.deleteVpc(context)({ vpc_id: vpc.id })),
  )
  return true
}

async function listMembers(cloud: Cloud, vpc: Vpc, call: Call): Promise<readonly string[]> {
  const item = z.object({ urn: z.string() })
  const question = { scope: 'vpc:read', about: `VPC ${vpc.name}`, key: 'members', item, ...call }
  const members = await unlessGone(() =>
    listAll(cloud, question, (context, page) =>
      dots.listVpcResources(context)({ ...page, vpc_id: vpc.id }),
    ),
  )
  return (members ?? []).map(({ urn }) => urn)
}

/** A droplet stays a member for a while after it is gone. */
async function holderOf(
  cloud: Cloud,
  { urn, owner }: { urn: string; owner: Owner },
  call: Call,
): Promise<'own' | 'other'> {
  const id = /^do:droplet:(\d+)$/.exec(urn)?.[1]
  if (id === undefined) return 'other'
  const droplet = await findDroplet(cloud, id, call)
  if (droplet === undefined) return 'own'
  const found = readTags(droplet.tags).owner
  return found?.master === owner.master && found.grid === owner.grid ? 'own' : 'other'
}

function inUse({ name }: Vpc): ProvisionError {
  return new ProvisionError('BUSY', `VPC ${name} still has machines in it`, {
    hint: 'repeat the command in a minute',
  })
}
