import { takeDown } from '../compute/lifecycle.ts'
import type { Operation } from '../operations.ts'
import type { ResourceGroup } from '../resources.ts'
import { pace, type World } from '../world.ts'

const going = new WeakMap<ResourceGroup, Operation>()

/** Takes a group away with everything in it; machines are shut down first. */
export function removeGroup(group: ResourceGroup, world: World): Operation {
  const existing = going.get(group)
  if (existing !== undefined) return existing
  const operation = world.operations.start({
    namespace: 'Microsoft.Resources',
    location: group.location,
  })
  going.set(group, operation)
  group.isGoing = true
  const isHere = (one: { readonly group: string }) =>
    one.group.toLowerCase() === group.name.toLowerCase()
  const machines = world.account.machines.values().filter(isHere)
  for (const machine of machines) {
    takeDown(machine)
    machine.state = 'Deleting'
  }
  const delay = machines.length === 0 ? pace.network : pace.shutdown
  world.schedule.after(world.bootTime * delay, () => {
    for (const machine of machines) void machine.machine.destroy()
    const { account } = world
    for (const things of [
      account.machines,
      account.disks,
      account.interfaces,
      account.addresses,
      account.networks,
      account.securityGroups,
      account.applicationGroups,
      account.deployments,
    ]) {
      for (const thing of things.values()) if (isHere(thing)) things.delete(thing.id)
    }
    account.groups.delete(group.name)
    operation.end('Succeeded')
  })
  return operation
}
