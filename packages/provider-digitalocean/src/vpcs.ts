import { type Call, hintNearest, isFailure, type Owner, ProvisionError } from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import * as dots from './dots.ts'
import { ownerMark } from './owner-mark.ts'
import { ownerWords } from './owner-words.ts'
import { listAll } from './pages.ts'

const vpc = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  region: z.string(),
  ip_range: z.string(),
  default: z.boolean().nullish(),
})
export type Vpc = z.infer<typeof vpc>

/** The VPC that machines are to get, or what is still to be made for it. */
export interface VpcPlan {
  readonly name: string
  /** Undefined where it is still to be made. */
  readonly found: Vpc | undefined
  /** The user's own, which is used and never changed. */
  readonly isForeign: boolean
  /** Names of VPCs that are to be made, in that order. */
  readonly missing: readonly string[]
}

interface VpcWish {
  readonly owner: Owner
  readonly region: string
  /** Name or id; the grid's own where absent. */
  readonly given: string | undefined
}

export async function listVpcs(cloud: Cloud, call: Call): Promise<readonly Vpc[]> {
  const question = { scope: 'vpc:read', about: 'the VPCs', key: 'vpcs', item: vpc }
  return await listAll(cloud, { ...question, ...call }, (context, page) =>
    dots.listVpcs(context)(page),
  )
}

/** Finds the VPC, or what is missing of it. */
export async function planVpc(cloud: Cloud, wish: VpcWish, call: Call): Promise<VpcPlan> {
  const { owner, region, given } = wish
  const all = await listVpcs(cloud, call)
  const here = all.filter((candidate) => candidate.region === region)
  if (given !== undefined) {
    const found = requireVpc(here, given, region)
    return { name: found.name, found, isForeign: true, missing: [] }
  }
  const name = vpcName(owner, region)
  const found = here.find((candidate) => isVpcOf(candidate, owner))
  if (found !== undefined) return { name: found.name, found, isForeign: false, missing: [] }
  if (all.some((candidate) => candidate.name === name)) throw nameTaken(name)
  // The first VPC of a region becomes its default, for good and for everybody's machines. DigitalOcean
  // would make one of this name for the first machine without a VPC ("Create a New VPC").
  const first = here.some((candidate) => candidate.default) ? [] : [`default-${region}`]
  return { name, found: undefined, isForeign: false, missing: [...first, name] }
}

/** The plan's VPC, made where it is missing. Another command may have been quicker. */
export async function ensureVpc(cloud: Cloud, wish: VpcWish, call: Call): Promise<Vpc> {
  const plan = await planVpc(cloud, wish, call)
  if (plan.found !== undefined) return plan.found
  let made: Vpc | undefined
  for (const name of plan.missing) {
    const description = name === plan.name ? ownerWords(wish.owner) : undefined
    made = await createVpc(cloud, { name, region: wish.region, description }, call).catch(
      async (error: unknown) => {
        if (!isFailure(error, 'NAME_TAKEN')) throw error
        const found = (await listVpcs(cloud, call)).find((candidate) => candidate.name === name)
        if (found === undefined || found.region !== wish.region) throw error
        if (name === plan.name && !isVpcOf(found, wish.owner)) throw nameTaken(name)
        return found
      },
    )
  }
  if (made === undefined) throw new Error('a plan without a VPC names none to be made')
  return made
}

/** Ours by what it says of its owner: a name may be anybody's. */
export function isVpcOf({ description }: Vpc, owner: Owner): boolean {
  return description === ownerWords(owner)
}

/** Names are unique in an account, and take no underscore. */
export function vpcName(owner: Owner, region: string): string {
  const grid = owner.grid.replaceAll('_', '-').slice(0, 63)
  return `kontena-${grid}-${ownerMark(owner)}-${region}`
}

async function createVpc(
  cloud: Cloud,
  wanted: { name: string; region: string; description: string | undefined },
  call: Call,
): Promise<Vpc> {
  const { description, ...rest } = wanted
  const question = { scope: 'vpc:create', about: `VPC ${wanted.name}`, ...call }
  const input = { ...rest, ...(description === undefined ? {} : { description }) }
  const { vpc: made } = await cloud.ask(question, z.object({ vpc }), (context) =>
    dots.createVpc(context)(input),
  )
  return made
}

function requireVpc(here: readonly Vpc[], given: string, region: string): Vpc {
  const found = here.find(({ id, name }) => id === given || name === given)
  if (found !== undefined) return found
  throw new ProvisionError('NOT_FOUND', `VPC ${given} does not exist in ${region}`, {
    hint: hintNearest(
      'VPC',
      given,
      here.map(({ name }) => name),
    ),
  })
}

function nameTaken(name: string): ProvisionError {
  return new ProvisionError('NAME_TAKEN', `VPC ${name} exists and is not this grid's`, {
    hint: 'rename it in the control panel, or use it as it is with --vpc',
  })
}
