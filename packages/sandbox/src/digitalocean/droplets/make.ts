import { formatIpv4, parseIpv4Block } from '../../ipv4.ts'
import type { Account, Action, Droplet, Vpc } from '../account.ts'
import { makeVpc } from '../networks/vpcs.ts'
import { unprocessable } from '../refusals.ts'
import { rememberTags } from '../tags/names.ts'
import type { CreatePlan } from './create-plan.ts'
import { guestOf } from './guest.ts'
import { instanceData } from './instance-data.ts'
import { interfacesOf } from './interfaces.ts'

/** Makes the droplets of one call, in state new, each with its create action. */
export function makeDroplets(plan: CreatePlan, account: Account): readonly Made[] {
  const { region, input } = plan
  const vpc = plan.vpc ?? makeVpc(account, { name: `default-${region.slug}`, region })
  rememberTags(account, input.tags ?? [])
  return plan.names.map((name) => {
    const droplet = makeDroplet(name, { plan, vpc, account })
    account.droplets.set(droplet.id, droplet)
    const action = startAction('create', droplet, account)
    account.lifecycle.launch(droplet, action, account)
    return { droplet, action }
  })
}

export interface Made {
  readonly droplet: Droplet
  readonly action: Action
}

export function startAction(type: string, droplet: Droplet, account: Account): Action {
  const action: Action = {
    id: account.newId(),
    type,
    resourceId: droplet.id,
    region: droplet.region,
    startedAt: new Date(),
    status: 'in-progress',
    completedAt: undefined,
  }
  account.actions.set(action.id, action)
  return action
}

interface Making {
  readonly plan: CreatePlan
  readonly vpc: Vpc
  readonly account: Account
}

function makeDroplet(name: string, { plan, vpc, account }: Making): Droplet {
  const { region, size, image, keys, input } = plan
  const id = account.newId()
  const addresses = {
    public: input.public_networking === false ? undefined : account.newPublicAddress(),
    private: nextAddress(vpc, account),
    ipv6: input.ipv6 === true ? `2001:db8:0:${(id % 0xffff).toString(16)}::1` : undefined,
  }
  const createdAt = new Date()
  const userData = input.user_data ?? ''
  const interfaces = interfacesOf(addresses, vpc)
  const place = { id, name, region, keys, interfaces }
  const instance = instanceData(place)
  const tags = (input.tags ?? []).map((tag) => tag.toLowerCase())
  return {
    id,
    name,
    region,
    size,
    image,
    vpc,
    keys,
    features: featuresOf(plan),
    userData,
    createdAt,
    visibleFrom: createdAt.getTime() + account.consistencyDelay,
    tags: new Set(tags),
    addresses,
    machine: account.createMachine({
      id: String(id),
      userData: Buffer.from(userData),
      instance,
      guest: guestOf({ ...place, vpcId: vpc.id, userData, tags, instance }),
      onlyPrints: account.faults.take('boot-console', { zone: region.slug })?.text,
    }),
    state: 'new',
    activeAt: undefined,
    event: 'create',
  }
}

function featuresOf({ input }: CreatePlan): readonly string[] {
  return [
    ...(input.backups === true ? ['backups'] : []),
    ...(input.monitoring === true ? ['monitoring'] : []),
    ...(input.with_droplet_agent === false ? [] : ['droplet_agent']),
    ...(input.ipv6 === true ? ['ipv6'] : []),
    'private_networking',
  ]
}

/** The first address of a range is the network's, the second the gateway's. */
function nextAddress(vpc: Vpc, account: Account): string {
  const block = parseIpv4Block(vpc.range)
  const taken = new Set(
    [...account.droplets.values()]
      .filter((droplet) => droplet.vpc === vpc)
      .map(({ addresses }) => addresses.private),
  )
  for (let at = (block?.start ?? 0) + 2; at < (block?.end ?? 0) - 1; at += 1) {
    const address = formatIpv4(at)
    if (!taken.has(address)) return address
  }
  throw unprocessable('There are no more IP addresses available in this VPC')
}
