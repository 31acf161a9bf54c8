import { type Call, ProvisionError, tryEach } from '@kontena/core'
import { accepted } from './answers.ts'
import type { Cloud } from './clients.ts'
import { parseMachineId } from './machine-id.ts'
import { requestsAtOnce } from './pipeline.ts'

/** Resolves once Azure has accepted it for all; all are tried before a failure rejects. */
export async function restartMachines(
  cloud: Cloud,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  await tryEach(ids, { ...call, atOnce: requestsAtOnce }, async (id) => {
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
}
