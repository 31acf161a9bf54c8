import {
  isFailure,
  ProvisionError,
  resolveNodes,
  terminateNodes,
  terminateWithoutMaster,
} from '@kontena/core'
import type { Context } from '../context.ts'
import { chooseNodes } from '../prompts/choose-nodes.ts'
import type { TerminateInput } from './provider-options.ts'
import { groupByRegion } from './provider-regions.ts'
import { openScopeWithoutMaster, openSettledScope } from './provider-scope.ts'

/** `kontena <provider> node terminate` */
export async function terminateProviderNodes(
  input: TerminateInput,
  context: Context,
): Promise<void> {
  const { force, drainTimeout, timeout } = input
  const names = input.names.length === 0 ? await chooseNodes(input, context) : input.names
  if (input.withoutMaster) {
    const scope = await openScopeWithoutMaster({ input, context })
    await confirmAll(names, force, context)
    await terminateWithoutMaster({ names, timeout }, scope)
    context.warn(
      `the records of ${names.join(', ')} are still at the master`,
      `the next kontena ${input.provider.name} node command that reaches it drops them`,
    )
    return
  }
  const regions = await groupByRegion(names, input, context)
  const work = []
  for (const [region, here] of regions) {
    const scope = await openSettledScope({ input, context, region })
    work.push({ scope, nodes: await resolveNodes(here, scope, { signal: context.signal }) })
  }
  await confirmAll(names, force, context)
  try {
    for (const { scope, nodes } of work) {
      await terminateNodes({ nodes, drainTimeout, timeout }, scope)
    }
  } catch (error) {
    throw context.signal.aborted && !isFailure(error) ? interrupted(names, error) : error
  }
  context.say(`Terminated ${names.join(', ')}`)
}

/** What had begun goes on at the cloud, so unlike elsewhere an interruption settles nothing. */
function interrupted(names: readonly string[], cause: unknown): ProvisionError {
  return new ProvisionError(
    'LEFT_BEHIND',
    `interrupted while ${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} terminated`,
    { cause, hint: 'type the same command again; it goes on where it stopped' },
  )
}

async function confirmAll(
  names: readonly string[],
  force: boolean,
  context: Context,
): Promise<void> {
  for (const name of names) await context.confirm(name, { force })
}
