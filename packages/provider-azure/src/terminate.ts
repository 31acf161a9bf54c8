import { type Call, ProvisionError, tryEach } from '@kontena/core'
import { accepted } from './answers.ts'
import type { Cloud } from './clients.ts'
import { cancelDeployment, type Deployment } from './deployments.ts'
import { isMissing } from './errors.ts'
import type { Place } from './find.ts'
import { viewGroup } from './group-view.ts'
import { type MachineAddress, machineId, parseMachineId } from './machine-id.ts'
import { type MachineParts, partsIn } from './machine-parts.ts'
import { partNames } from './names.ts'
import { requestsAtOnce } from './pipeline.ts'

/**
 * The next step towards taking machines away: the machine first, whose disk, interface and address go
 * with it, then what stayed. Deletes by name, as lists show late what was just made.
 */
export async function terminateMachines(
  place: Place,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  const addresses = ids.flatMap((id) => parseMachineId(id) ?? [])
  const groups = [...new Set(addresses.map(({ group }) => group))]
  await tryEach(groups, { ...call, atOnce: 1 }, async (group) => {
    const doomed = addresses.filter((address) => address.group === group)
    await terminateIn(place, { group, doomed }, call)
  })
}

async function terminateIn(
  place: Place,
  { group, doomed }: { group: string; doomed: readonly MachineAddress[] },
  call: Call,
): Promise<void> {
  const view = await viewGroup(place.cloud, group, call)
  const parts = partsIn(view)
  const names = new Set(doomed.map(({ name }) => name))
  const stopped = new Map<string, Promise<void>>()
  await tryEach(doomed, { ...call, atOnce: requestsAtOnce }, async ({ name }) => {
    const machine = parts.get(name) ?? { group, name }
    const { deployment } = machine
    if (machine.vm === undefined && deployment?.isActive === true) {
      const stop =
        stopped.get(deployment.name) ?? stopMaking(place, { deployment, parts, names }, call)
      stopped.set(deployment.name, stop)
      await stop
    }
    await takeNextStep(place, machine, call)
  })
}

/** Keeps a deployment from making what is to go; rejects with `BUSY` while others are to come of it. */
async function stopMaking(
  { cloud }: Place,
  {
    deployment,
    parts,
    names,
  }: {
    deployment: Deployment
    parts: ReadonlyMap<string, MachineParts>
    names: ReadonlySet<string>
  },
  call: Call,
): Promise<void> {
  const group = [...parts.values()][0]?.group ?? ''
  const others = [...deployment.machines.keys()].filter(
    (name) => !names.has(name) && parts.get(name)?.vm === undefined,
  )
  if (others.length > 0) {
    throw new ProvisionError(
      'BUSY',
      `deployment ${deployment.name} is still making machines, ${others[0]} among them`,
      { hint: 'repeat the command in a minute' },
    )
  }
  await cancelDeployment(cloud, { group, name: deployment.name }, call)
}

async function takeNextStep(place: Place, machine: MachineParts, call: Call): Promise<void> {
  const { cloud, memory } = place
  if (machine.vm?.provisioningState?.toLowerCase() === 'deleting') return
  if (await deleteMachine(cloud, machine, call)) {
    // What belongs to it goes with it; what stays is seen by the next step.
    memory.settled.add(machineId(machine))
    return
  }
  const [nic, disk] = await Promise.allSettled([
    deleteNic(cloud, machine, call),
    deleteDisk(cloud, machine, call),
  ])
  if (nic.status === 'rejected') throw nic.reason
  // Azure refuses to delete an address that an interface holds; it is next, once that has gone.
  const hadAddress = nic.value ? true : await deleteAddress(cloud, machine, call)
  if (disk.status === 'rejected') throw disk.reason
  // ARM denied all of it by name, and nothing can make it any more.
  const isNoMore = !nic.value && !hadAddress && !disk.value
  if (isNoMore && machine.deployment?.isActive !== true) memory.settled.add(machineId(machine))
}

async function deleteMachine(
  cloud: Cloud,
  { group, name }: MachineAddress,
  call: Call,
): Promise<boolean> {
  const action = 'Microsoft.Compute/virtualMachines/delete'
  return await wasThere((onResponse) =>
    cloud.compute({ action, about: `machine ${name}`, ...call }, ({ virtualMachines }) =>
      // Without waiting for the guest to shut down.
      accepted(virtualMachines.delete(group, name, { forceDeletion: true, onResponse })),
    ),
  )
}

async function deleteNic(
  cloud: Cloud,
  { group, name }: MachineAddress,
  call: Call,
): Promise<boolean> {
  const action = 'Microsoft.Network/networkInterfaces/delete'
  const about = `the interface of machine ${name}`
  return await wasThere((onResponse) =>
    cloud.network({ action, about, ...call }, ({ networkInterfaces }) =>
      accepted(networkInterfaces.delete(group, partNames.nic(name), { onResponse })),
    ),
  )
}

async function deleteAddress(
  cloud: Cloud,
  { group, name }: MachineAddress,
  call: Call,
): Promise<boolean> {
  const action = 'Microsoft.Network/publicIPAddresses/delete'
  const about = `the public address of machine ${name}`
  return await wasThere((onResponse) =>
    cloud.network({ action, about, ...call }, ({ publicIPAddresses }) =>
      accepted(publicIPAddresses.delete(group, partNames.address(name), { onResponse })),
    ),
  )
}

async function deleteDisk(
  cloud: Cloud,
  { group, name }: MachineAddress,
  call: Call,
): Promise<boolean> {
  const action = 'Microsoft.Compute/disks/delete'
  const about = `the disk of machine ${name}`
  return await wasThere((onResponse) =>
    cloud.compute({ action, about, ...call }, ({ disks }) =>
      accepted(disks.delete(group, partNames.disk(name), { onResponse })),
    ),
  )
}

/** Whether there was something to delete: ARM says 204 or 404 where there was not. */
async function wasThere(
  remove: (onResponse: (answer: { status: number }) => void) => Promise<void>,
): Promise<boolean> {
  let status: number | undefined
  try {
    await remove((answer) => {
      status = answer.status
    })
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
  return status !== 204
}
