import { computeVersions } from '../api-versions.ts'
import { checkZones } from '../catalog/locations.ts'
import type { Held, Kind, PutRequest } from '../kind.ts'
import { checkLocation } from '../resource-base.ts'
import { formatResourceId, nameOf } from '../resource-id.ts'
import type { VirtualMachine } from '../resources.ts'
import { checkTags, parseBody } from '../wire/body.ts'
import type { World } from '../world.ts'
import { changeMachine } from './change.ts'
import { checkHardware } from './hardware.ts'
import { machineBody } from './machine-body.ts'
import { makeMachine } from './make.ts'
import { checkOsProfile } from './os-profile.ts'
import { removeMachine } from './remove.ts'
import { viewMachine } from './view.ts'

/** Virtual machines. The same PUT again changes nothing; only a few things can be changed at all. */
export const machines: Kind = {
  type: 'Microsoft.Compute/virtualMachines',
  operations: 'virtualMachines',
  apiVersions: computeVersions,
  plan(request, world) {
    const input = parseBody(machineBody, request.body, 'Microsoft.Compute')
    const tags = checkTags(input.tags)
    const id = formatResourceId(request.id)
    const existing = world.account.machines.get(id)
    const location = checkLocation(input.location, request, existing)
    const zones = input.zones ?? []
    checkZones(zones, location, id)
    const hardware = checkHardware(input.properties, location.name)
    const userData = checkOsProfile(input.properties, nameOf(request.id))
    const wanted = { ...hardware, properties: input.properties, tags, zones, userData }
    if (existing !== undefined) {
      return {
        apply: () => {
          const operation = changeMachine(existing, wanted, world)
          return { held: hold(existing, world), isNew: false, operation }
        },
      }
    }
    const demand = { location: location.name, zone: zones[0], size: hardware.size }
    return {
      demand,
      apply: () => apply(request, { ...wanted, location: location.name }, world),
    }
  },
  find(id, world) {
    const machine = world.account.machines.get(formatResourceId(id))
    return machine && hold(machine, world)
  },
  list: (world) => world.account.machines.values().map((machine) => hold(machine, world)),
}

function apply(request: PutRequest, wanted: Parameters<typeof makeMachine>[1], world: World) {
  const { machine, operation } = makeMachine(request, wanted, world)
  return { held: hold(machine, world), isNew: true, operation }
}

function hold(machine: VirtualMachine, world: World): Held {
  return {
    resource: machine,
    etag: machine.etag,
    view: (expand) => viewMachine(machine, expand, world),
    remove: (query) => removeMachine(machine, query.get('forcedeletion') === 'true', world),
  }
}
