import { zoneWord } from '../catalog/locations.ts'
import type { Operation } from '../operations.ts'
import { startOperation } from '../resource-base.ts'
import type { VirtualMachine } from '../resources.ts'
import type { ErrorDetail } from '../wire/errors.ts'
import { newEtag } from '../wire/etag.ts'
import { pace, type World } from '../world.ts'
import { isFull } from './room.ts'

/** Takes a machine that was just made up to a running one, or down where it is to fail. */
export function launch(machine: VirtualMachine, world: World): Operation {
  const operation = startOperation(machine, world)
  machine.state = 'Creating'
  const failure = failureOf(machine, world)
  if (failure !== undefined) {
    later(machine, pace.untilFailed, world, () => {
      fail(machine, failure, world)
      operation.end('Failed', failure)
    })
    return operation
  }
  machine.power = 'starting'
  bringUp(machine, world)
  later(machine, pace.untilProvisioned, world, () => {
    machine.state = 'Succeeded'
    machine.etag = newEtag()
    operation.end('Succeeded')
  })
  return operation
}

export function bringUp(machine: VirtualMachine, world: World): void {
  later(machine, pace.untilRunning, world, () => {
    machine.power = 'running'
  })
  later(machine, 1, world, () => machine.machine.start())
}

/** Acts after a part of the boot time, unless another change was asked for by then. */
export function later(
  machine: VirtualMachine,
  part: number,
  { schedule, bootTime }: World,
  act: () => void,
): void {
  const { generation } = machine
  schedule.after(bootTime * part, () => {
    if (machine.generation === generation) act()
  })
}

function failureOf(machine: VirtualMachine, world: World): ErrorDetail | undefined {
  const { location, size } = machine
  const zone = machine.zones[0]
  // It does not stand in its own way.
  world.account.machines.delete(machine.id)
  const hasNoRoom = isFull({ location, zone, size }, world)
  world.account.machines.set(machine.id, machine)
  if (hasNoRoom) return zone === undefined ? allocationFailed : zonalAllocationFailed
  const fault = world.faults.take('boot-failure', { zone: zoneWord(location, zone) })
  if (fault === undefined) return undefined
  return {
    code: fault.code ?? 'InternalExecutionError',
    message: fault.message ?? 'An internal execution error occurred. Please retry later.',
  }
}

const allocationFailed: ErrorDetail = {
  code: 'AllocationFailed',
  message:
    'Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read more about ' +
    'improving likelihood of allocation success at http://aka.ms/allocation-guidance',
}

const zonalAllocationFailed: ErrorDetail = {
  code: 'ZonalAllocationFailed',
  message:
    'Allocation failed. We do not have sufficient capacity for the requested VM size in this zone. Read more about ' +
    'improving likelihood of allocation success at http://aka.ms/allocation-guidance',
}

/** The machine stays, marked as failed, and its interfaces are held for it a while longer. */
function fail(machine: VirtualMachine, failure: ErrorDetail, world: World): void {
  machine.state = 'Failed'
  machine.etag = newEtag()
  machine.failure = failure
  machine.power = undefined
  void machine.machine.stop()
  for (const { id } of machine.properties.networkProfile.networkInterfaces) {
    const one = world.account.interfaces.get(id)
    if (one === undefined) continue
    one.machineId = undefined
    one.reserved = {
      machineId: machine.id,
      until: Date.now() + world.bootTime * pace.reservation,
    }
  }
}

/** Powers a machine off for good or for now; keeps what its console showed. */
export function takeDown(machine: VirtualMachine): void {
  machine.generation += 1
  void machine.machine.stop().then(() => {
    machine.consoleSnapshot = machine.machine.console()
  })
}
