import { type Call, ProvisionError } from '@kontena/core'
import type { Cloud } from './clients.ts'

const namespaces = ['Microsoft.Compute', 'Microsoft.Network'] as const

/** A new subscription knows neither machines nor networks; registering them is its owner's to do. */
export async function requireRegistration(cloud: Cloud, call: Call): Promise<void> {
  const states = await Promise.all(
    namespaces.map(async (namespace) => {
      const question = {
        action: 'Microsoft.Resources/subscriptions/providers/read',
        about: `the registration of ${namespace}`,
        ...call,
      }
      const { registrationState } = await cloud.groups(question, ({ providers }) =>
        providers.get(namespace),
      )
      return { namespace, state: registrationState?.toLowerCase() }
    }),
  )
  const missing = states.find(({ state }) => state !== undefined && state !== 'registered')
  if (missing === undefined) return
  const { namespace, state } = missing
  const isUnderWay = state === 'registering'
  throw new ProvisionError(
    'ACCOUNT_NOT_READY',
    `the subscription is ${isUnderWay ? 'still being' : 'not'} registered for ${namespace}`,
    {
      hint: isUnderWay
        ? `wait for az provider show --namespace ${namespace} --query registrationState`
        : `run az provider register --namespace ${namespace} --wait`,
    },
  )
}
