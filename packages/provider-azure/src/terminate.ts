import { type Call, isFailure, ProvisionError } from '@kontena/core'
import { accepted } from './answers.ts'
import type { Cloud } from './clients.ts'
import { cancelDeployment, type Deployment } from './deployments.ts'
import { isMissing } from './errors.ts'
import type { Place } from './find.ts'
import { viewGroup } from './group-view.ts'
import { type MachineAddress, machineId, parseMachineId } from './machine-id.ts'
import { type MachineParts, partsIn } from './machine-parts.ts'
import { partNames } from './names.ts'
import { several } from './several.ts'

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
  const failures: unknown[] = []
  for (const group of groups) {
    const doomed = addresses.filter((address) => address.group === group)
    failures.push(...(await terminateIn(place, { group, doomed }, call)))
  }
  // What another try does not mend is told before what it may.
  const worst = failures.find((failure) => !isFailure(failure, 'BUSY')) ?? failures[0]
  if (worst !== undefined) throw worst
}

async function terminateIn(
  place: Place,
  { group, doomed }: { group: string; doomed: readonly MachineAddress[] },
  call: Call,
): Promise<readonly unknown[]> {
  const view = await viewGroup(place.cloud, group, call)
  const parts = partsIn(view)
  const names = new Set(doomed.map(({ name }) => name))
  const stopped = new Map<string, Promise<void>>()
  return await several(doomed, async ({ name }) => {
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
  const { vm, deployment } = machine
  if (vm?.provisioningState?.toLowerCase() === 'deleting') return
  const wasThere = await deleteMachine(place.cloud, machine, call)
  if (wasThere) {
    // What belongs to it goes with it; what stays is seen by the next step.
    place.memory.settled.add(machineId(machine))
    return
  }
  const isUntouched = await sweep(place.cloud, machine, call)
  // ARM denied all of it by name, and nothing can make it any more.
  if (isUntouched && deployment?.isActive !== true) place.memory.settled.add(machineId(machine))
}

/** Whether there was one. */
async function deleteMachine(
  cloud: Cloud,
  { group, name }: MachineAddress,
  call: Call,
): Promise<boolean> {
  const question = {
    action: 'Microsoft.Compute/virtualMachines/delete',
    about: `machine ${name}`,
    ...call,
  }
  let status: number | undefined
  const onResponse = (answer: { status: number }): void => {
    status = answer.status
  }
  const isGone = await isMissingAfter(
    cloud.compute(question, ({ virtualMachines }) =>
      // Without waiting for the guest to shut down.
      accepted(virtualMachines.delete(group, name, { forceDeletion: true, onResponse })),
    ),
  )
  return !isGone && status !== 204
}

/** Deletes what stayed of a machine that is no more. Whether there was nothing. */
async function sweep(cloud: Cloud, machine: MachineParts, call: Call): Promise<boolean> {
  const { group, name, nic, address, disk } = machine
  const about = (part: string): string => `${part} of machine ${name}`
  const steps = [
    () =>
      cloud.network(
        {
          action: 'Microsoft.Network/networkInterfaces/delete',
          about: about('the interface'),
          ...call,
        },
        ({ networkInterfaces }) => accepted(networkInterfaces.delete(group, partNames.nic(name))),
      ),
    () =>
      cloud.compute(
        { action: 'Microsoft.Compute/disks/delete', about: about('the disk'), ...call },
        ({ disks }) => accepted(disks.delete(group, partNames.disk(name))),
      ),
  ]
  // Azure refuses to delete an address that an interface holds; it is next, once that has gone.
  if (address?.ipConfiguration === undefined || nic === undefined) {
    steps.push(() =>
      cloud.network(
        {
          action: 'Microsoft.Network/publicIPAddresses/delete',
          about: about('the public address'),
          ...call,
        },
        ({ publicIPAddresses }) =>
          accepted(publicIPAddresses.delete(group, partNames.address(name))),
      ),
    )
  }
  const failures = await several(steps, async (step) => {
    await isMissingAfter(step())
  })
  const worst = failures.find((failure) => !isFailure(failure, 'BUSY')) ?? failures[0]
  if (worst !== undefined) throw worst
  return nic === undefined && address === undefined && disk === undefined
}

async function isMissingAfter(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked
    return false
  } catch (error) {
    if (isMissing(error)) return true
    throw error
  }
}
