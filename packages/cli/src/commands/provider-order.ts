import {
  createNodes,
  type Emit,
  type FailedNode,
  type Outcome,
  type Plan,
  ProvisionError,
  type Scope,
} from '@kontena/core'
import type { Context } from '../context.ts'
import { OrderFailure } from '../order-failure.ts'
import type { CreateInput } from './provider-options.ts'

export interface OrderCommand {
  readonly input: CreateInput
  readonly context: Context
}

/**
 * Carries an order out and tells what came of it. Rejects with `OrderFailure` where not all nodes are
 * online, which says what is left.
 */
export async function carryOut(
  plan: Plan,
  scope: Scope,
  { input, context }: OrderCommand,
): Promise<void> {
  for (const warning of plan.warnings) context.warn(warning)
  const told = new Set<string>()
  const emit: Emit = (event) => {
    if (event.type === 'node-failed') told.add(event.name)
    scope.emit(event)
  }
  const outcome = await createNodes(plan, { ...scope, emit })
  if (outcome.failed.length > 0 || outcome.open) {
    const telling = { input, context, told, replaced: plan.replaced?.name }
    throw new OrderFailure(failureOf(outcome, telling), outcomeJson(outcome))
  }
  if (context.json) context.printJson(outcomeJson(outcome))
  context.say(`${countNodes(outcome.online.length)} online in grid ${scope.owner.grid}`)
}

/** One error for the whole order, with the exit code that tells what is there now. */
function failureOf(
  outcome: Outcome,
  { input, ...telling }: Telling & { readonly input: CreateInput },
): ProvisionError {
  const { failed, order, open, interrupted } = outcome
  const left = failed.flatMap(({ name, left: machine }) => (machine ? name : []))
  const settled = !open && left.length === 0
  const reasons = [...Map.groupBy(failed, ({ error }) => error.message).values()]
  if (settled && !interrupted) return settledFailure(outcome, reasons, telling)
  if (!settled) warnOfNews(reasons, telling)
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
      hint: `kontena ${provider} node ${telling.replaced === undefined ? 'terminate' : 'replace'} ${left.join(' ')}`,
    })
  }
  return new ProvisionError('CANCELLED', `interrupted; ${summary}, ${restOf(outcome, telling)}`)
}

interface Telling {
  readonly context: Context
  /** Nodes whose failure was told when it happened. */
  readonly told: ReadonlySet<string>
  /** The last line gives the one hint that all reasons share. */
  readonly hinted?: boolean
  /** The node that was there before, and stays. */
  readonly replaced: string | undefined
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
    return new ProvisionError(code, `${message}; ${restOf(outcome, telling)}`, {
      hint: hintOf(hint, telling),
    })
  }
  const hints = new Set(failed.map(({ error }) => error.hint))
  const [hint] = hints.size === 1 ? hints : []
  warnOfNews(reasons, { ...telling, hinted: hint !== undefined })
  const code = online.length > 0 ? 'PARTLY_DONE' : 'MACHINE_FAILED'
  return new ProvisionError(code, `${summaryOf(outcome)}; ${restOf(outcome, telling)}`, { hint })
}

function summaryOf({ online, failed }: Outcome): string {
  const wanted = online.length + failed.length
  if (wanted === 1) return 'the node did not come online'
  return `${online.length === 0 ? 'none' : online.length} of ${countNodes(wanted)} came online`
}

function restOf({ online }: Outcome, { replaced }: Telling): string {
  if (replaced !== undefined) return `${replaced} keeps its record, and has no machine now`
  return online.length === 0 ? 'nothing is left behind' : 'nothing is left of the others'
}

/** Whoever replaces a machine wants one in the end. */
function hintOf(hint: string | undefined, { replaced }: Telling): string | undefined {
  if (replaced === undefined) return hint
  const again = 'type the same command again'
  return hint === undefined ? again : `${hint}; then ${again}`
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
