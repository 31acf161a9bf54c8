import { type Call, hintNearest, ProvisionError } from '@kontena/core'
import type { Plan, PriceList } from '@kontena/upcloud-api'
import type { Cloud } from './clients.ts'

export async function listPlans(cloud: Cloud, call: Call): Promise<readonly Plan[]> {
  return await cloud.ask({ doing: 'list', about: 'the plans', ...call }, (client, options) =>
    client.plans(options),
  )
}

export async function listPrices(cloud: Cloud, call: Call): Promise<PriceList> {
  return await cloud.ask({ doing: 'list', about: 'the prices', ...call }, (client, options) =>
    client.prices(options),
  )
}

/** Throws `NOT_FOUND` with plans that look like it. */
export function findPlan(plans: readonly Plan[], name: string): Plan {
  const plan = plans.find((candidate) => candidate.name === name)
  if (plan !== undefined) return plan
  const names = plans.filter(({ isCurrent }) => isCurrent).map((candidate) => candidate.name)
  throw new ProvisionError('NOT_FOUND', `plan ${name} does not exist`, {
    hint: hintNearest('plan', name, names),
  })
}

/** `2 cores, 4 GiB` and the disk, where one is part of the price. */
export function describePlan({ cores, memoryMib, storageGib }: Plan): string {
  const disk = storageGib === 0 ? '' : `, ${storageGib} GiB disk`
  return `${cores} ${cores === 1 ? 'core' : 'cores'}, ${memoryMib / 1024} GiB${disk}`
}

/** The API's prices are cents for an hour, in the account's currency. */
export function describePrice(cents: number, { currency }: PriceList): string {
  const price = (cents / 100).toFixed(4)
  return currency === undefined ? `${price} an hour` : `${price} ${currency} an hour`
}
