import type { Location } from '@azure/arm-resources-subscriptions'
import { type Call, hintNearest, ProvisionError } from '@kontena/core'
import { all } from './answers.ts'
import type { Cloud } from './clients.ts'

/** Places on the map where the subscription may have machines; the other locations are for the whole world or for tests. */
export async function listLocations(cloud: Cloud, call: Call): Promise<readonly Location[]> {
  const subscription = await cloud.subscription(call)
  const question = {
    action: 'Microsoft.Resources/subscriptions/locations/read',
    about: 'the locations',
    ...call,
  }
  const found = await cloud.subscriptions(question, ({ subscriptions }) =>
    all(subscriptions.listLocations(subscription)),
  )
  return found.filter(({ metadata }) => (metadata?.regionType ?? 'Physical') === 'Physical')
}

/** Rejects with `NOT_FOUND` and those that are named alike. */
export async function requireLocation(cloud: Cloud, location: string, call: Call): Promise<void> {
  const names = (await listLocations(cloud, call)).flatMap(({ name }) => name ?? [])
  if (names.includes(location)) return
  throw new ProvisionError('NOT_FOUND', `location ${location} does not exist`, {
    hint: hintNearest('location', location, names),
  })
}
