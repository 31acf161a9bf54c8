import {
  createNodes,
  defaultAgentRuntime,
  type FailedNode,
  type OrderRequest,
  type Outcome,
  ProvisionError,
  planOrder,
} from '@kontena/core'
import type { Context } from '../context.ts'
import type { CreateInput } from './provider-options.ts'
import { planJson, planLines } from './provider-plan.ts'
import { openProviderScope, openSettledScope } from './provider-scope.ts'

/** `kontena <provider> node create` */
export async function createProviderNodes(input: CreateInput, context: Context): Promise<void> {
  const request = { input, context, machine: input.machine }
  const scope = await (input.dryRun ? openProviderScope(request) : openSettledScope(request))
  const plan = await planOrder(orderRequest(input), scope)
  if (input.dryRun) {
    if (context.json) context.printJson(planJson(plan, scope))
    else for (const line of planLines(plan, scope)) context.print(line)
    return
  }
  for (const warning of plan.warnings) context.warn(warning)
  const outcome = await createNodes(plan, scope)
  if (context.json) context.printJson(outcomeJson(outcome))
  if (outcome.failed.length > 0 || outcome.open) throw failureOf(outcome, input, context)
  context.say(`${countNodes(outcome.online.length)} online in grid ${scope.owner.grid}`)
}

function orderRequest(input: CreateInput): OrderRequest {
  const { name, count, labels, tags, ephemeral, policy, sshKeys, timeout, onFailure } = input
  const agent = input.agent ?? { runtime: defaultAgentRuntime }
  return { name, count, labels, tags, ephemeral, policy, sshKeys, agent, timeout, onFailure }
}

/** One error for the whole order, with the exit code that tells what is there now. */
function failureOf(outcome: Outcome, input: CreateInput, context: Context): ProvisionError {
  const reasons = [...Map.groupBy(outcome.failed, ({ error }) => error.message).values()]
  const { online, failed, order, open, interrupted } = outcome
  const left = failed.flatMap(({ name, left: machine }) => (machine ? name : []))
  const [only] = reasons.length === 1 ? (reasons[0] ?? []) : []
  if (only && online.length === 0 && left.length === 0 && !open && !interrupted) {
    const { code, message, hint } = only.error
    return new ProvisionError(code, `${message}; nothing is left behind`, { hint })
  }
  const provider = input.provider.name
  const settled = interrupted && !open && left.length === 0
  if (!settled) for (const nodes of reasons) warnOf(nodes, context)
  const summary = `${online.length} of ${countNodes(online.length + failed.length)} came online`
  if (open) {
    return new ProvisionError('LEFT_BEHIND', `${summary}; order ${order} stays open`, {
      hint: `the next kontena ${provider} node command settles it, as in: kontena ${provider} node list`,
    })
  }
  if (left.length > 0) {
    const code = online.length > 0 ? 'PARTLY_DONE' : 'LEFT_BEHIND'
    return new ProvisionError(code, `${summary}; kept as asked: ${left.join(', ')}`, {
      hint: `kontena ${provider} node terminate ${left.join(' ')}`,
    })
  }
  if (interrupted) {
    return new ProvisionError('CANCELLED', `interrupted; ${summary}, nothing is left of the others`)
  }
  const code = online.length > 0 ? 'PARTLY_DONE' : 'MACHINE_FAILED'
  return new ProvisionError(code, `${summary}; nothing is left of the others`)
}

/** Nodes that failed for the same reason share a line. */
function warnOf(nodes: readonly FailedNode[], context: Context): void {
  const [first] = nodes
  if (first === undefined) return
  const { message, hint } = first.error
  const named = nodes.every(({ name }) => message.includes(name))
  const names = nodes.map(({ name }) => name).join(', ')
  context.warn(named ? message : `${names}: ${message}`, hint)
}

function outcomeJson(outcome: Outcome): unknown {
  return {
    type: 'outcome',
    order: outcome.order,
    open: outcome.open,
    interrupted: outcome.interrupted,
    online: outcome.online.map(({ name, machine }) => ({
      name,
      machine: machine.id,
      zone: machine.zone,
    })),
    failed: outcome.failed.map(({ name, error, left }) => ({
      name,
      code: error.code,
      message: error.message,
      left: left?.id,
    })),
  }
}

function countNodes(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`
}
