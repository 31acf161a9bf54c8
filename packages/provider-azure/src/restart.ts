import { type Call, ProvisionError } from '@kontena/core'
import { accepted } from './answers.ts'
import type { Cloud } from './clients.ts'
import { parseMachineId } from './machine-id.ts'
import { several } from './several.ts'

/** Resolves once Azure has accepted it for all; all are tried before the first failure rejects. */
export async function restartMachines(
  cloud: Cloud,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  const failures = await several(ids, async (id) => {
    const address = parseMachineId(id)
    if (address === undefined) {
      throw new ProvisionError('NOT_FOUND', `Azure does not know machine ${id}`, {
        hint: 'an id is written as <resource group>/<name>',
      })
    }
    const { group, name } = address
    const question = {
      action: 'Microsoft.Compute/virtualMachines/restart/action',
      about: `machine ${name}`,
      ...call,
    }
    await cloud.compute(question, ({ virtualMachines }) =>
      accepted(virtualMachines.restart(group, name)),
    )
  })
  if (failures.length > 0) throw failures[0]
}
