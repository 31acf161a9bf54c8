import { subscriptionVersions } from '../api-versions.ts'
import { subscriptionId, tenantId } from '../resource-id.ts'
import { inSubscription, type Route } from '../route.ts'
import { pageOf } from '../wire/paging.ts'
import type { World } from '../world.ts'
import { type Location, locations } from './locations.ts'

const permission = 'Microsoft.Resources/subscriptions/read'

export const subscriptionRoutes: readonly Route[] = [
  {
    action: 'subscriptions.list',
    method: 'GET',
    path: '/subscriptions',
    apiVersions: subscriptionVersions,
    permission,
    run: (call, world) => ({
      status: 200,
      body: pageOf([viewSubscription(world)], call, world.pageSize),
    }),
  },
  {
    action: 'subscriptions.get',
    method: 'GET',
    path: inSubscription,
    apiVersions: subscriptionVersions,
    permission,
    run: (_, world) => ({ status: 200, body: viewSubscription(world) }),
  },
  {
    action: 'subscriptions.listLocations',
    method: 'GET',
    path: `${inSubscription}/locations`,
    apiVersions: subscriptionVersions,
    permission: 'Microsoft.Resources/subscriptions/locations/read',
    run: () => ({ status: 200, body: { value: locations.map(view) } }),
  },
]

const viewSubscription = ({ subscriptionState: state }: World) => ({
  id: `/subscriptions/${subscriptionId}`,
  authorizationSource: 'RoleBased',
  managedByTenants: [],
  subscriptionId,
  tenantId,
  displayName: 'Sandbox',
  state,
  subscriptionPolicies: {
    locationPlacementId: 'Public_2014-09-01',
    quotaId: 'PayAsYouGo_2014-09-01',
    spendingLimit: 'Off',
  },
})

function view({ name, displayName, zones }: Location) {
  return {
    id: `/subscriptions/${subscriptionId}/locations/${name}`,
    name,
    type: 'Region',
    displayName,
    regionalDisplayName: displayName,
    metadata: {
      regionType: 'Physical',
      regionCategory: 'Recommended',
      geography: name.endsWith('us') ? 'United States' : 'Europe',
      geographyGroup: name.endsWith('us') ? 'US' : 'Europe',
    },
    ...(zones.length === 0
      ? {}
      : {
          // Which building a number means differs from one subscription to the next.
          availabilityZoneMappings: zones.map((zone) => ({
            logicalZone: zone,
            physicalZone: `${name}-az${(Number(zone) % zones.length) + 1}`,
          })),
        }),
  }
}
