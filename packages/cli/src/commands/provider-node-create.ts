import { planOrder } from '@kontena/core'
import type { Context } from '../context.ts'
import type { CreateInput } from './provider-options.ts'
import { carryOut } from './provider-order.ts'
import { printPlan } from './provider-plan.ts'
import { openProviderScope, openSettledScope } from './provider-scope.ts'

/** `kontena <provider> node create` */
export async function createProviderNodes(input: CreateInput, context: Context): Promise<void> {
  const request = { input, context, machine: input.machine }
  const scope = await (input.dryRun ? openProviderScope(request) : openSettledScope(request))
  const plan = await planOrder(input.order, scope)
  if (input.dryRun) printPlan(plan, scope, context)
  else await carryOut(plan, scope, { input, context })
}
