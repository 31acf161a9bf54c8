import { skuVersions } from '../api-versions.ts'
import { parseFilter } from '../groups/filter.ts'
import { type Answer, type Call, inSubscription, type Route } from '../route.ts'
import { pageOf } from '../wire/paging.ts'
import type { World } from '../world.ts'
import { type Location, locations, normalizeLocation } from './locations.ts'
import { type Size, sizes } from './sizes.ts'

/** What can be made where, for this subscription: one entry per size and location, disks among them. */
export const skuRoutes: readonly Route[] = [
  {
    action: 'resourceSkus.list',
    method: 'GET',
    path: `${inSubscription}/providers/Microsoft.Compute/skus`,
    apiVersions: skuVersions,
    permission: 'Microsoft.Compute/skus/read',
    run: list,
  },
]

function list(call: Call, world: World): Answer {
  const wanted = parseFilter(call.query.get('$filter'), ['location']).values.get('location')
  const places = locations.filter(
    ({ name }) => wanted === undefined || name === normalizeLocation(wanted),
  )
  const skus = places.flatMap((location) => [
    ...sizes
      .filter((size) => !size.absentFrom.includes(location.name))
      .map((size) => viewSize(size, location)),
    ...['Standard_LRS', 'StandardSSD_LRS', 'Premium_LRS'].map((name) => viewDisk(name, location)),
  ])
  return { status: 200, body: pageOf(skus, call, world.pageSize) }
}

function viewSize(size: Size, location: Location) {
  const capabilities = {
    MaxResourceVolumeMB: String(size.memoryGb * 4096),
    OSVhdSizeMB: '1047552',
    vCPUs: String(size.cores),
    MemoryPreservingMaintenanceSupported: 'True',
    HyperVGenerations: size.generations.join(','),
    MemoryGB: String(size.memoryGb),
    MaxDataDiskCount: String(size.maxDataDisks),
    CpuArchitectureType: size.architecture,
    LowPriorityCapable: 'True',
    PremiumIO: size.hasPremiumDisks ? 'True' : 'False',
    VMDeploymentTypes: 'IaaS',
    vCPUsAvailable: String(size.cores),
    vCPUsPerCore: '2',
    EphemeralOSDiskSupported: 'False',
    EncryptionAtHostSupported: 'True',
    AcceleratedNetworkingEnabled: 'True',
    MaxNetworkInterfaces: String(size.maxInterfaces),
  }
  return {
    resourceType: 'virtualMachines',
    name: size.name,
    tier: 'Standard',
    size: size.name.replace('Standard_', ''),
    family: size.family,
    locations: [location.name],
    locationInfo: [{ location: location.name, zones: location.zones, zoneDetails: [] }],
    capabilities: Object.entries(capabilities).map(([name, value]) => ({ name, value })),
    restrictions: size.restrictions
      .filter((limit) => limit.location === location.name)
      .map(({ zones, reason }) => ({
        type: zones === undefined ? 'Location' : 'Zone',
        values: [location.name],
        restrictionInfo: {
          locations: [location.name],
          ...(zones === undefined ? {} : { zones }),
        },
        reasonCode: reason,
      })),
  }
}

function viewDisk(name: string, { name: location, zones }: Location) {
  return {
    resourceType: 'disks',
    name,
    tier: name.split('_')[0],
    locations: [location],
    locationInfo: [{ location, zones, zoneDetails: [] }],
    capabilities: [{ name: 'MaxSizeGiB', value: '32767' }],
    restrictions: [],
  }
}
