import { type Call, isFailure, type MachineOrder, type Preflight } from '@kontena/core'
import { type Account, planPrice } from '@kontena/upcloud-api'
import type { Cloud } from './clients.ts'
import { launchLabels } from './labels.ts'
import type { LaunchPlan } from './launch-plan.ts'
import { readLimits, requireRoom } from './limits.ts'
import { findGivenNetwork, listNetworks, networkName, ownNetworks } from './networks.ts'
import { describePlan, describePrice, listPrices } from './plans.ts'

/** Stands for an order that has no id yet. */
const anyOrder = '0'.repeat(26)

/** Finds all that an order names, and whether the account has room for it. */
export async function checkOrder(
  cloud: Cloud,
  { launch, order }: { launch: LaunchPlan; order: MachineOrder },
  call: Call,
): Promise<Preflight> {
  launchLabels({ ...order, order: anyOrder, token: anyOrder }, 'node')
  const [account, networks, price] = await Promise.all([
    readLimits(cloud, call),
    listNetworks(cloud, call),
    priceOf(cloud, launch, call),
  ])
  const { zone, plan, template, disk, options } = launch
  const [own] = ownNetworks(networks, order.owner, zone)
  const isNew = options.network === undefined && own === undefined
  await requireRoom(
    cloud,
    {
      account,
      launch,
      count: order.count,
      networks: networks.filter(({ type }) => type === 'private').length,
      newNetworks: isNew ? 1 : 0,
    },
    call,
  )
  return {
    facts: {
      image: `${template.title} (${template.uuid})`,
      plan: `${plan.name} (${describePlan(plan)})`,
      disk: describeDisk(launch),
      ...(price === undefined ? {} : { price: `${price}, each machine` }),
      network:
        options.network === undefined
          ? `${networkName(order.owner, zone)} (${own?.uuid ?? 'new'})`
          : `${findGivenNetwork(networks, options.network, zone).name} (yours, unchanged)`,
      firewall: "on each machine; UpCloud's own stays off",
    },
    sharedCalls: isNew ? ['POST /1.3/network'] : [],
    createCall: 'POST /1.3/server',
    labels: [`type=${plan.name}`],
    warnings: [...accountWarnings(account), ...diskWarnings(disk.sizeGib, launch)],
  }
}

/** Who may make machines need not be allowed to see what they cost. */
async function priceOf(
  cloud: Cloud,
  { zone, plan }: LaunchPlan,
  call: Call,
): Promise<string | undefined> {
  try {
    const prices = await listPrices(cloud, call)
    const cents = planPrice(prices, zone, plan.name)
    return cents === undefined ? undefined : describePrice(cents, prices)
  } catch (error) {
    if (isFailure(error, 'ACCESS_DENIED', 'NOT_FOUND')) return undefined
    throw error
  }
}

function describeDisk({ disk, plan }: LaunchPlan): string {
  const part = disk.sizeGib <= plan.storageGib ? "the plan's own" : 'charged beside the plan'
  return `${disk.sizeGib} GiB ${disk.tier}, ${part}`
}

function accountWarnings({ isTrial, credits }: Account): string[] {
  if (isTrial) {
    return [
      'this is a trial account: UpCloud limits its plans and takes its machines away at the end',
    ]
  }
  return credits !== undefined && credits <= 0 ? ['the account has no credit left'] : []
}

function diskWarnings(sizeGib: number, { plan }: LaunchPlan): string[] {
  return sizeGib < plan.storageGib
    ? [`plan ${plan.name} includes ${plan.storageGib} GiB of disk, of which ${sizeGib} are used`]
    : []
}
