import { computeVersions } from '../api-versions.ts'
import type { Operation } from '../operations.ts'
import { startOperation } from '../resource-base.ts'
import type { VirtualMachine } from '../resources.ts'
import { type Answer, type Call, inGroup, type Route } from '../route.ts'
import { operationHeaders } from '../wire/accepted.ts'
import { conflict } from '../wire/errors.ts'
import { pace, type World } from '../world.ts'
import { findMachine } from './find.ts'
import { bringUp, later, takeDown } from './lifecycle.ts'

type Change = (machine: VirtualMachine, world: World, operation: Operation) => void

/** Calls that change the power of a machine. All of them are long-running. */
export const powerRoutes: readonly Route[] = [
  power('start', (machine, world, operation) => {
    // What is on its way up is left to come up.
    if (machine.power === 'running') return operation.end('Succeeded')
    machine.generation += 1
    machine.power = 'starting'
    bringUp(machine, world)
    later(machine, pace.untilRunning, world, () => operation.end('Succeeded'))
  }),
  power('restart', (machine, world, operation) => {
    machine.generation += 1
    if (machine.power !== 'running') {
      throw conflict('OperationNotAllowed', `VM '${machine.name}' is not running.`)
    }
    void machine.machine.stop()
    later(machine, pace.shutdown, world, () => {
      machine.machine.start()
      operation.end('Succeeded')
    })
  }),
  power('powerOff', (machine, world, operation) => {
    halt(machine, { during: 'stopping', after: 'stopped' }, world, operation)
  }),
  power('deallocate', (machine, world, operation) => {
    halt(machine, { during: 'deallocating', after: 'deallocated' }, world, operation)
  }),
]

interface Halt {
  readonly during: 'stopping' | 'deallocating'
  readonly after: 'stopped' | 'deallocated'
}

function halt(
  machine: VirtualMachine,
  { during, after }: Halt,
  world: World,
  operation: Operation,
) {
  takeDown(machine)
  machine.power = during
  later(machine, pace.shutdown, world, () => {
    machine.power = after
    operation.end('Succeeded')
  })
}

function power(name: string, change: Change): Route {
  return {
    action: `virtualMachines.${name}`,
    method: 'POST',
    path: `${inGroup}/providers/Microsoft.Compute/virtualMachines/{name0}/${name}`,
    apiVersions: computeVersions,
    permission: `Microsoft.Compute/virtualMachines/${name}/action`,
    run: (call, world) => run(call, world, change),
  }
}

function run(call: Call, world: World, change: Change): Answer {
  const machine = findMachine(call, world)
  if (machine.failure !== undefined || machine.state === 'Deleting') {
    throw conflict(
      'OperationNotAllowed',
      `Operation is not allowed on VM '${machine.name}' since the VM is either marked for deletion or failed to ` +
        'provision. You can only retry the Delete operation (or wait for an ongoing one to complete).',
    )
  }
  if (machine.state === 'Creating') {
    throw conflict(
      'Conflict',
      `The request failed due to conflict with a concurrent request: VM '${machine.name}' is being created.`,
    )
  }
  const operation = startOperation(machine, world)
  change(machine, world, operation)
  return { status: 202, headers: operationHeaders(operation, call, world) }
}
