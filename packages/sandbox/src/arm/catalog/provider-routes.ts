import type { Registration } from '../account.ts'
import { resourceVersions } from '../api-versions.ts'
import { kinds } from '../kinds.ts'
import { subscriptionId } from '../resource-id.ts'
import { type Answer, type Call, inSubscription, type Route } from '../route.ts'
import { conflict, notFound } from '../wire/errors.ts'
import { pageOf } from '../wire/paging.ts'
import { pace, type World } from '../world.ts'
import { locations } from './locations.ts'

export const namespaces = ['Microsoft.Compute', 'Microsoft.Network', 'Microsoft.Resources']

const one = `${inSubscription}/providers/{namespace}`

/** A subscription uses services only once it is registered for them. */
export const providerRoutes: readonly Route[] = [
  {
    action: 'providers.list',
    method: 'GET',
    path: `${inSubscription}/providers`,
    apiVersions: resourceVersions,
    permission: 'Microsoft.Resources/subscriptions/providers/read',
    run: (call, world) => ({
      status: 200,
      body: pageOf(
        namespaces.map((name) => view(name, world)),
        call,
        world.pageSize,
      ),
    }),
  },
  {
    action: 'providers.get',
    method: 'GET',
    path: one,
    apiVersions: resourceVersions,
    permission: 'Microsoft.Resources/subscriptions/providers/read',
    run: (call, world) => ({ status: 200, body: view(find(call), world) }),
  },
  {
    action: 'providers.register',
    method: 'POST',
    path: `${one}/register`,
    apiVersions: resourceVersions,
    permission: 'Microsoft.Resources/subscriptions/providers/register/action',
    run: register,
  },
]

function register(call: Call, world: World): Answer {
  const namespace = find(call)
  const { registrations } = world.account
  if (stateOf(namespace, world) === 'NotRegistered') {
    registrations.set(namespace, 'Registering')
    world.schedule.after(world.bootTime * pace.network, () => {
      registrations.set(namespace, 'Registered')
    })
  }
  return { status: 200, body: view(namespace, world) }
}

/** @throws ArmError where the subscription may not use the service */
export function refuseUnlessRegistered(namespace: string, world: World): void {
  if (stateOf(namespace, world) === 'Registered') return
  throw conflict(
    'MissingSubscriptionRegistration',
    `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to ` +
      'register subscriptions.',
  )
}

function stateOf(namespace: string, { account }: World): Registration {
  return account.registrations.get(namespace) ?? 'Registered'
}

/** @throws ArmError for a service that there is not */
function find({ parameters }: Call): string {
  const given = parameters.namespace ?? ''
  const namespace = namespaces.find((name) => name.toLowerCase() === given.toLowerCase())
  if (namespace !== undefined) return namespace
  throw notFound('InvalidResourceNamespace', `The resource namespace '${given}' is invalid.`)
}

function view(namespace: string, world: World) {
  return {
    id: `/subscriptions/${subscriptionId}/providers/${namespace}`,
    namespace,
    registrationPolicy: 'RegistrationRequired',
    registrationState: stateOf(namespace, world),
    resourceTypes: kinds
      .filter(({ type }) => type.startsWith(`${namespace}/`))
      .map(({ type, apiVersions }) => ({
        resourceType: type.slice(namespace.length + 1),
        locations: locations.map(({ displayName }) => displayName),
        apiVersions: [...apiVersions].reverse(),
        capabilities: 'SupportsTags, SupportsLocation',
      })),
  }
}
