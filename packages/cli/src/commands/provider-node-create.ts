import {
  createNodes,
  type Emit,
  type FailedNode,
  type Outcome,
  ProvisionError,
  planOrder,
} from '@kontena/core'
import type { Context } from '../context.ts'
import { OrderFailure } from '../order-failure.ts'
import type { CreateInput } from './provider-options.ts'
import { planJson, planLines } from './provider-plan.ts'
import { openProviderScope, openSettledScope } from './provider-scope.ts'

/** `kontena <provider> node create` */
export async function createProviderNodes(input: CreateInput, context: Context): Promise<void> {
  const request = { input, context, machine: input.machine }
  const scope = await (input.dryRun ? openProviderScope(request) : openSettledScope(request))
  const plan = await planOrder(input.order, scope)
  if (input.dryRun) {
    if (context.json) context.printJson(planJson(plan, scope))
    else for (const line of planLines(plan, scope)) context.print(line)
    return
  }
  for (const warning of plan.warnings) context.warn(warning)
  const told = new Set<string>()
  const emit: Emit = (event) => {
    if (event.type === 'node-failed') told.add(event.name)
    scope.emit(event)
  }
  const outcome = await createNodes(plan, { ...scope, emit })
  if (outcome.failed.length > 0 || outcome.open) {
    throw new OrderFailure(failureOf(outcome, { input, context, told }), outcomeJson(outcome))
  }
  if (context.json) context.printJson(outcomeJson(outcome))
  context.say(`${countNodes(outcome.online.length)} online in grid ${scope.owner.grid}`)
}

/** One error for the whole order, with the exit code that tells what is there now. */
function failureOf(
  outcome: Outcome,
  { input, context, told }: { input: CreateInput; context: Context; told: ReadonlySet<string> },
): ProvisionError {
  const { failed, order, open, interrupted } = outcome
  const left = failed.flatMap(({ name, left: machine }) => (machine ? name : []))
  const settled = !open && left.length === 0
  const reasons = [...Map.groupBy(failed, ({ error }) => error.message).values()]
  if (settled && !interrupted) return settledFailure(outcome, reasons, { context, told })
  if (!settled) warnOfNews(reasons, { context, told })
  const provider = input.provider.name
  const summary = summaryOf(outcome)
  if (open) {
    return new ProvisionError('LEFT_BEHIND', `${summary}; order ${order} stays open`, {
      hint: `the next kontena ${provider} node command settles it, as in: kontena ${provider} node list`,
    })
  }
  if (left.length > 0) {
    const code = outcome.online.length > 0 ? 'PARTLY_DONE' : 'LEFT_BEHIND'
    const why =
      input.order.onFailure === 'keep' ? 'kept as asked' : 'kept, as their agents have connected'
    return new ProvisionError(code, `${summary}; ${why}: ${left.join(', ')}`, {
      hint: `kontena ${provider} node terminate ${left.join(' ')}`,
    })
  }
  return new ProvisionError('CANCELLED', `interrupted; ${summary}, ${restOf(outcome)}`)
}

interface Telling {
  readonly context: Context
  /** Nodes whose failure was told when it happened. */
  readonly told: ReadonlySet<string>
  /** The last line gives the one hint that all reasons share. */
  readonly hinted?: boolean
}

/** Of an order whose unfinished machines are gone. One reason for all is the error itself. */
function settledFailure(
  outcome: Outcome,
  reasons: readonly FailedNode[][],
  telling: Telling,
): ProvisionError {
  const { online, failed } = outcome
  const [only] = reasons.length === 1 ? (reasons[0] ?? []) : []
  if (only !== undefined && online.length === 0) {
    const { code, message, hint } = only.error
    return new ProvisionError(code, `${message}; nothing is left behind`, { hint })
  }
  const hints = new Set(failed.map(({ error }) => error.hint))
  const [hint] = hints.size === 1 ? hints : []
  warnOfNews(reasons, { ...telling, hinted: hint !== undefined })
  const code = online.length > 0 ? 'PARTLY_DONE' : 'MACHINE_FAILED'
  return new ProvisionError(code, `${summaryOf(outcome)}; ${restOf(outcome)}`, { hint })
}

function summaryOf({ online, failed }: Outcome): string {
  const wanted = online.length + failed.length
  if (wanted === 1) return 'the node did not come online'
  return `${online.length === 0 ? 'none' : online.length} of ${countNodes(wanted)} came online`
}

function restOf({ online }: Outcome): string {
  return online.length === 0 ? 'nothing is left behind' : 'nothing is left of the others'
}

function warnOfNews(reasons: readonly FailedNode[][], { context, told, hinted }: Telling): void {
  for (const nodes of reasons) {
    if (!nodes.every(({ name }) => told.has(name))) warnOf(nodes, context, hinted === true)
  }
}

/** Nodes that failed for the same reason share a line. */
function warnOf(nodes: readonly FailedNode[], context: Context, hinted: boolean): void {
  const [first] = nodes
  if (first === undefined) return
  const { message, hint } = first.error
  const named = nodes.every(({ name }) => message.includes(name))
  const names = nodes.map(({ name }) => name).join(', ')
  context.warn(named ? message : `${names}: ${message}`, hinted ? undefined : hint)
}

function outcomeJson(outcome: Outcome): object {
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
