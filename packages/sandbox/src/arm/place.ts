import { normalizeLocation } from './catalog/locations.ts'
import { formatResourceId } from './resource-id.ts'
import type { Call } from './route.ts'
import type { World } from './world.ts'

export interface Place {
  /** Empty for calls that are about no location. */
  readonly location: string
  readonly zone: string | undefined
}

const machineType = 'Microsoft.Compute/virtualMachines'

/** Where a call is about: what it names, else what it wants made. */
export function placeOf({ parameters, body, target }: Call, { account }: World): Place {
  const group = parameters.resourceGroup ?? ''
  const name = parameters.name0 ?? ''
  const id = formatResourceId({ group, type: machineType, names: [name] })
  const isMachine = target.toLowerCase().includes(machineType.toLowerCase())
  const machine = isMachine ? account.machines.get(id) : undefined
  const zones = [...new Set(zonesIn(body))]
  const location =
    machine?.location ??
    parameters.location ??
    textAt(body, 'location') ??
    account.groups.get(group)?.location
  return {
    location: normalizeLocation(location ?? ''),
    zone: machine?.zones[0] ?? (zones.length === 1 ? zones[0] : undefined),
  }
}

/** Of a resource, or of all machines in a template; those written as expressions do not count. */
function zonesIn(body: unknown): readonly string[] {
  const template = valueAt(valueAt(body, 'properties'), 'template')
  const resources = valueAt(template, 'resources')
  if (!Array.isArray(resources)) return zonesOf(body)
  return resources.filter((one) => textAt(one, 'type') === machineType).flatMap(zonesOf)
}

function zonesOf(resource: unknown): readonly string[] {
  const zones = valueAt(resource, 'zones')
  return Array.isArray(zones) ? zones.filter((zone) => typeof zone === 'string') : []
}

function textAt(value: unknown, name: string): string | undefined {
  const found = valueAt(value, name)
  return typeof found === 'string' ? found : undefined
}

function valueAt(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
