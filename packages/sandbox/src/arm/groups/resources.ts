import { resourceVersions } from '../api-versions.ts'
import { type Held, isChild, isVisible } from '../kind.ts'
import { kinds } from '../kinds.ts'
import { type Answer, type Call, inGroup, inSubscription, type Route } from '../route.ts'
import { pageOf } from '../wire/paging.ts'
import type { World } from '../world.ts'
import { parseFilter } from './filter.ts'

const shared = {
  method: 'GET',
  apiVersions: resourceVersions,
  permission: 'Microsoft.Resources/subscriptions/resources/read',
  run: list,
} as const

/** Lists of whatever there is, without its properties. */
export const resourceRoutes: readonly Route[] = [
  { ...shared, action: 'resources.list', path: `${inSubscription}/resources` },
  { ...shared, action: 'resources.listByResourceGroup', path: `${inGroup}/resources` },
]

function list(call: Call, world: World): Answer {
  const { query, parameters } = call
  const filter = parseFilter(query.get('$filter'), [
    'tagName',
    'tagValue',
    'resourceType',
    'resourceGroup',
    'location',
    'name',
  ])
  const group = parameters.resourceGroup ?? filter.values.get('resourcegroup')
  const isWanted = (wanted: string | undefined, text: string) =>
    wanted === undefined || wanted.toLowerCase() === text.toLowerCase()
  const found = kinds
    .filter((kind) => !isChild(kind))
    .flatMap((kind) => kind.list(world))
    .filter(
      ({ resource }) =>
        isVisible(resource) &&
        isWanted(group, resource.group) &&
        isWanted(filter.values.get('resourcetype'), resource.type) &&
        isWanted(filter.values.get('location'), resource.location) &&
        isWanted(filter.values.get('name'), resource.name) &&
        filter.fitsTags(resource.tags),
    )
  const expand = (query.get('$expand') ?? '').toLowerCase()
  return {
    status: 200,
    body: pageOf(
      found.map((held) => view(held, expand)),
      call,
      world.pageSize,
    ),
  }
}

function view({ resource }: Held, expand: string) {
  const { id, name, type, location, tags, zones, createdAt, state } = resource
  return {
    id,
    name,
    type,
    location,
    tags,
    ...(zones.length === 0 ? {} : { zones }),
    ...(expand.includes('createdtime') ? { createdTime: createdAt.toISOString() } : {}),
    ...(expand.includes('changedtime') ? { changedTime: createdAt.toISOString() } : {}),
    ...(expand.includes('provisioningstate') ? { provisioningState: state } : {}),
  }
}
