import type { Subscription } from '@azure/arm-resources-subscriptions'
import { type Call, ProvisionError } from '@kontena/core'
import { all } from './answers.ts'
import { defaultSubscription } from './azure-profile.ts'
import type { Cloud } from './clients.ts'
import type { AzureAccess } from './options.ts'

/**
 * As the flag or the environment says, else the default one of the Azure CLI, else the only one that
 * these credentials see.
 */
export async function chooseSubscription(
  cloud: Pick<Cloud, 'subscriptions'>,
  access: AzureAccess,
  call: Call,
): Promise<string> {
  const known = access.subscriptionId ?? (await defaultSubscription())
  if (known !== undefined) return known
  const seen = await listSubscriptions(cloud, call)
  const [only] = seen
  if (seen.length === 1 && only?.subscriptionId !== undefined) return only.subscriptionId
  if (seen.length === 0) {
    throw new ProvisionError('BAD_OPTIONS', 'these Azure credentials see no subscription', {
      hint: 'give --subscription-id, or --tenant-id where it is in another tenant',
    })
  }
  const names = seen.map(({ subscriptionId, displayName }) => `${subscriptionId} (${displayName})`)
  throw new ProvisionError('BAD_OPTIONS', 'no Azure subscription is set', {
    hint: `give --subscription-id or set AZURE_SUBSCRIPTION_ID to one of ${names.slice(0, 5).join(', ')}`,
  })
}

/** Those in which something can be made. */
export async function listSubscriptions(
  cloud: Pick<Cloud, 'subscriptions'>,
  call: Call,
): Promise<readonly Subscription[]> {
  const question = {
    action: 'Microsoft.Resources/subscriptions/read',
    about: 'the subscriptions',
    ...call,
  }
  const seen = await cloud.subscriptions(question, (client) => all(client.subscriptions.list()))
  return seen.filter(({ state = 'Enabled' }) => state === 'Enabled')
}

/** Fails where it is not there for these credentials, or nothing can be made in it. */
export async function requireSubscription(cloud: Cloud, id: string, call: Call): Promise<void> {
  const about = `subscription ${id}`
  const question = { action: 'Microsoft.Resources/subscriptions/read', about, ...call }
  const { state = 'Enabled' } = await cloud.subscriptions(question, (client) =>
    client.subscriptions.get(id),
  )
  // What is past due or warned goes on for a while, and its machines can be taken away meanwhile.
  if (state !== 'Disabled' && state !== 'Deleted') return
  throw new ProvisionError('ACCOUNT_NOT_READY', `${about} is ${state.toLowerCase()}`, {
    hint: 'turn it on again under Subscriptions in the Azure portal, or give another --subscription-id',
  })
}
