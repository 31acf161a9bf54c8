import { type Account, type Call, ProvisionError } from '@kontena/core'
import type { Cloud } from './clients.ts'
import type { AzureAccess } from './options.ts'
import { requireSubscription } from './subscriptions.ts'

/** Subscription and location; the first call of a session, as its failures tell what is wrong with both. */
export async function findAccount(cloud: Cloud, access: AzureAccess, call: Call): Promise<Account> {
  const region = locationOf(access)
  const id = await cloud.subscription(call)
  await requireSubscription(cloud, id, call)
  return { id, region, local: cloud.endpoint().isLoopback }
}

/** As ARM spells it; people also write `West Europe`. Throws `BAD_OPTIONS` where none is given. */
export function locationOf({ location }: AzureAccess): string {
  if (location !== undefined) return location.toLowerCase().replaceAll(' ', '')
  throw new ProvisionError('BAD_OPTIONS', 'no Azure location is set', {
    hint: 'give --location, as in --location westeurope, or set AZURE_LOCATION',
  })
}
