import { zoneWord } from '../catalog/locations.ts'
import { isOffered } from '../catalog/sizes.ts'
import type { Demand } from '../kind.ts'
import type { VirtualMachine } from '../resources.ts'
import { type ArmError, conflict } from '../wire/errors.ts'
import type { World } from '../world.ts'

/**
 * Looks at machines that are to be made together, before any is: may this subscription have their sizes
 * there, is there any room at all, and does the quota allow for them.
 *
 * @throws ArmError
 */
export function checkDemands(demands: readonly Demand[], world: World): void {
  for (const demand of demands) {
    if (isOffered(demand.size, demand.location, demand.zone) && !isFull(demand, world)) continue
    throw skuNotAvailable(demand)
  }
  checkQuota(demands, world)
}

function skuNotAvailable({ size, location, zone }: Demand): ArmError {
  const where = zone === undefined ? location : `${location}' zone '${zone}`
  return conflict(
    'SkuNotAvailable',
    `The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: ${size.name}' is ` +
      `currently not available in location '${where}'. Please try another size or deploy to a different location or ` +
      'different zone. See https://aka.ms/azureskunotavailable for details.',
  )
}

/** Whether a fault leaves no room for even one; uses the fault up. */
export function isFull({ size, location, zone }: Demand, world: World): boolean {
  const word = zoneWord(location, zone)
  const here = holdingHosts(location, world).filter(
    (one) => zoneWord(location, one.zones[0]) === word,
  )
  const fault = world.faults.take('no-capacity', { zone: word }, ({ type, after }) => {
    if (type !== undefined && type.toLowerCase() !== size.name.toLowerCase()) return false
    return here.filter((one) => type === undefined || one.size === size).length >= after
  })
  return fault !== undefined
}

function checkQuota(demands: readonly Demand[], world: World): void {
  for (const location of new Set(demands.map((demand) => demand.location))) {
    const added = demands.filter((demand) => demand.location === location)
    const required = added.reduce((sum, { size }) => sum + size.cores, 0)
    const used = usedCores(location, world)
    if (used + required <= world.coreLimit) continue
    throw conflict(
      'OperationNotAllowed',
      'Operation could not be completed as it results in exceeding approved Total Regional Cores quota. Additional ' +
        `details - Deployment Model: Resource Manager, Location: ${location}, Current Limit: ${world.coreLimit}, ` +
        `Current Usage: ${used}, Additional Required: ${required}, (Minimum) New Limit Required: ${used + required}. ` +
        'Submit a request for Quota increase at https://aka.ms/ProdportalCRP by specifying parameters listed in the ' +
        "'Details' section for deployment to succeed. Please read more about quota limits at " +
        'https://docs.microsoft.com/en-us/azure/azure-supportability/regional-quota-requests',
    )
  }
}

export function usedCores(location: string, world: World, family?: string): number {
  return holdingHosts(location, world)
    .filter(({ size }) => family === undefined || size.family === family)
    .reduce((sum, { size }) => sum + size.cores, 0)
}

/** Machines that have a host, or are about to: those that failed or were deallocated hold none. */
function holdingHosts(location: string, { account }: World): readonly VirtualMachine[] {
  return account.machines
    .values()
    .filter(
      (one) =>
        one.location === location && one.failure === undefined && one.power !== 'deallocated',
    )
}
