import { formatResourceId } from '../resource-id.ts'
import type { VirtualMachine } from '../resources.ts'
import type { Call } from '../route.ts'
import { notFound } from '../wire/errors.ts'
import type { World } from '../world.ts'

/** The machine that a call names. Throws ArmError where there is none. */
export function findMachine({ parameters }: Call, world: World): VirtualMachine {
  const { resourceGroup: group = '', name0: name = '' } = parameters
  const id = formatResourceId({ group, type: 'Microsoft.Compute/virtualMachines', names: [name] })
  const machine = world.account.machines.get(id)
  if (machine !== undefined) return machine
  throw notFound(
    'ResourceNotFound',
    `The Resource 'Microsoft.Compute/virtualMachines/${name}' under resource group '${group}' was not found. For more ` +
      'details please go to https://aka.ms/ARMResourceNotFoundFix',
  )
}
