import { type Provider, ProvisionError, planReplacement } from '@kontena/core'
import type { Context } from '../context.ts'
import type { RawFlags } from '../options/parse-flags.ts'
import type { CreateInput } from './provider-options.ts'
import { carryOut } from './provider-order.ts'
import { printPlan } from './provider-plan.ts'
import { groupByRegion } from './provider-regions.ts'
import { openProviderScope, openSettledScope } from './provider-scope.ts'

export interface ReplaceInput extends CreateInput {
  readonly force: boolean
}

/** The region option, so that nobody has to type where a node's machine is. */
export async function placeOfNode(
  name: string,
  { provider, typed }: { provider: Provider; typed: RawFlags },
  context: Context,
): Promise<RawFlags> {
  const { regionOption } = provider
  if (regionOption === undefined || typed[regionOption] !== undefined) return {}
  const grid = typeof typed.grid === 'string' ? typed.grid : undefined
  const where = { provider, access: {}, isRegionTyped: false, grid }
  const [region] = (await groupByRegion([name], where, context)).keys()
  return region === undefined ? {} : { [regionOption]: region }
}

/** `kontena <provider> node replace` */
export async function replaceProviderNode(
  name: string,
  input: ReplaceInput,
  context: Context,
): Promise<void> {
  const request = { input, context, machine: input.machine }
  const scope = await (input.dryRun ? openProviderScope(request) : openSettledScope(request))
  const plan = await planReplacement(name, input.order, scope)
  if (input.dryRun) return printPlan(plan, scope, context)
  await context.confirm(name, { force: input.force })
  try {
    await carryOut(plan, scope, { input, context })
  } catch (error) {
    throw context.signal.aborted && error === context.signal.reason
      ? interrupted(name, error)
      : error
  }
}

/** Before anything new is made, an interruption settles nothing: what ends goes on to its end. */
function interrupted(name: string, cause: unknown): ProvisionError {
  return new ProvisionError(
    'LEFT_BEHIND',
    `interrupted while the machine of ${name} was terminated; the node keeps its record`,
    { cause, hint: 'type the same command again; it goes on where it stopped' },
  )
}
