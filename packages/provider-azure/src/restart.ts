import type { Call } from '@kontena/core'
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
    const { group, name } = parseMachineId(id) ?? { group: '', name: id }
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
