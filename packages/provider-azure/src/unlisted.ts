import { type Call, tryEach } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { type MachineAddress, machineId } from './machine-id.ts'
import { isThere, type MachineParts } from './machine-parts.ts'
import type { Memory } from './memory.ts'
import { partNames } from './names.ts'
import { requestsAtOnce } from './pipeline.ts'
import { unlessMissing } from './unless-missing.ts'

/**
 * Asks by name for the machines that only a deployment speaks of which has ended: they are too new for
 * the lists, or another command has just taken them away. What ARM denies by name is gone.
 */
export async function askForUnlisted(
  { cloud, memory }: { cloud: Cloud; memory: Memory },
  {
    machines,
    isNew,
  }: { machines: readonly MachineParts[]; isNew: (parts: MachineParts) => boolean },
  call: Call,
): Promise<readonly MachineParts[]> {
  const known = new Map(machines.map((machine) => [machineId(machine), machine]))
  const unlisted = machines.filter(
    (machine) => !isThere(machine) && machine.deployment?.isActive === false && isNew(machine),
  )
  await tryEach(unlisted, { ...call, atOnce: requestsAtOnce }, async (machine) => {
    const found = { ...machine, ...(await partsByName(cloud, machine, call)) }
    known.set(machineId(machine), found)
    if (!isThere(found)) memory.settled.add(machineId(machine))
  })
  return [...known.values()]
}

/** A disk is never there without one of these: it comes with its machine and goes with it. */
async function partsByName(
  cloud: Cloud,
  { group, name }: MachineAddress,
  call: Call,
): Promise<Partial<MachineParts>> {
  const ask = (kind: string, about: string) => ({ action: `${kind}/read`, about, ...call })
  const [vm, nic, address] = await Promise.all([
    unlessMissing(
      cloud.compute(
        ask('Microsoft.Compute/virtualMachines', `machine ${name}`),
        ({ virtualMachines }) => virtualMachines.get(group, name),
      ),
    ),
    unlessMissing(
      cloud.network(
        ask('Microsoft.Network/networkInterfaces', `the interface of machine ${name}`),
        ({ networkInterfaces }) => networkInterfaces.get(group, partNames.nic(name)),
      ),
    ),
    unlessMissing(
      cloud.network(
        ask('Microsoft.Network/publicIPAddresses', `the public address of machine ${name}`),
        ({ publicIPAddresses }) => publicIPAddresses.get(group, partNames.address(name)),
      ),
    ),
  ])
  return {
    ...(vm === undefined ? {} : { vm }),
    ...(nic === undefined ? {} : { nic }),
    ...(address === undefined ? {} : { address }),
  }
}
