import { randomUUID } from 'node:crypto'
import { formatIpv4, isPrivate, overlap, parseIpv4Block } from '../../ipv4.ts'
import type { Account, Vpc } from '../account.ts'
import { type Region, regions } from '../catalog/regions.ts'
import { unprocessable } from '../refusals.ts'

export interface VpcWish {
  readonly name: string
  readonly region: Region
  readonly description?: string | undefined
  /** A /20 that is free where absent. */
  readonly range?: string | undefined
}

/** Blocks that a range is chosen from. */
const chosenPrefix = 20
const firstChosen = '10.126.0.0'

/** Makes a VPC, the region's default where it has none. Throws Refusal. */
export function makeVpc(account: Account, wish: VpcWish): Vpc {
  const { name, region, description = '', range = freeRange(account) } = wish
  if (!/^[a-zA-Z0-9.-]+$/.test(name)) {
    throw unprocessable('name may only contain alphanumeric characters, dashes, and periods')
  }
  if ([...account.vpcs.values()].some((vpc) => vpc.name === name)) {
    throw unprocessable('A VPC with that name already exists')
  }
  checkRange(account, range)
  const vpc: Vpc = {
    id: randomUUID(),
    name,
    description,
    region,
    range,
    createdAt: new Date(),
    isDefault: defaultVpc(account, region) === undefined,
  }
  account.vpcs.set(vpc.id, vpc)
  return vpc
}

export function defaultVpc(account: Account, region: Region): Vpc | undefined {
  return [...account.vpcs.values()].find((vpc) => vpc.isDefault && vpc.region === region)
}

/** What an account has where it was used before. */
export function makeDefaultVpcs(account: Account): void {
  for (const region of regions) {
    const range = region.defaultRange
    if (range !== undefined) makeVpc(account, { name: `default-${region.slug}`, region, range })
  }
}

function checkRange(account: Account, range: string): void {
  const block = parseIpv4Block(range)
  if (block === undefined) throw unprocessable('invalid IP range')
  if (!isPrivate(block)) throw unprocessable('IP range must be a private address range (RFC1918)')
  if (block.prefix < 16 || block.prefix > 28) {
    throw unprocessable('IP range must be between /16 and /28 in size')
  }
  if (overlapping(account, range)) {
    throw unprocessable('This range/size overlaps with another VPC network in your account')
  }
}

function overlapping(account: Account, range: string): boolean {
  const block = parseIpv4Block(range)
  return [...account.vpcs.values()].some((vpc) => {
    const other = parseIpv4Block(vpc.range)
    return block !== undefined && other !== undefined && overlap(block, other)
  })
}

function freeRange(account: Account): string {
  const first = parseIpv4Block(`${firstChosen}/${chosenPrefix}`)
  const size = 2 ** (32 - chosenPrefix)
  for (let start = first?.start ?? 0; ; start += size) {
    const range = `${formatIpv4(start)}/${chosenPrefix}`
    if (!overlapping(account, range)) return range
  }
}
