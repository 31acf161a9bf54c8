import { MasterError } from '@kontena/protocol'
import { ProvisionError } from '../errors.ts'
import { poll } from '../wait.ts'
import type { Journal } from './journal.ts'
import { isNumbered } from './names.ts'
import { type Plan, renamePlan } from './plan.ts'
import type { Scope } from './scope.ts'

/** Seconds that an enrolment secret outlives the time its machines have to boot. */
const secretGrace = 600
/** How often numbered names are chosen again when others were quicker. */
const renameAttempts = 5
/** How long a master that stops answering is asked again; the request may be repeated. */
const patience = 10_000
const retryInterval = 1_000

/**
 * Registers all nodes of a plan and makes their secret, in one request. Returns the plan as it was
 * registered: numbered names change where others took them since. Rejects with `LEFT_BEHIND` when the
 * master's answer never came, as the nodes may be registered then.
 */
export async function registerNodes(
  plan: Plan,
  secret: string,
  { scope, journal }: { scope: Scope; journal: Journal },
): Promise<Plan> {
  scope.emit({ type: 'step', step: 'enrolment' })
  const { name: base, count } = plan.request
  let current = plan
  for (let attempt = 1; ; attempt++) {
    scope.signal.throwIfAborted()
    const names = current.nodes.map(({ name }) => name)
    const intent = journal.intend({ call: 'enrol', names })
    try {
      await createEnrolment(current, secret, scope)
      journal.record(intent)
      return current
    } catch (error) {
      if (!isRefusal(error)) throw unanswered(plan.id, error)
      journal.record(intent, { failure: error.kind })
      if (error.kind !== 'conflict' || plan.replaced !== undefined) throw error
      if (attempt === renameAttempts || !isNumbered({ base, count })) throw taken(names, error)
      const nodes = await scope.master.nodes(scope.owner.grid, scope.signal)
      current = renamePlan(
        current,
        nodes.map(({ name }) => name),
        scope,
      )
    }
  }
}

/** A gateway's error says as little about what the master did as silence does. */
function isRefusal(error: unknown): error is MasterError {
  return error instanceof MasterError && error.kind !== 'unreachable' && error.kind !== 'failed'
}

function createEnrolment(plan: Plan, secret: string, scope: Scope): Promise<unknown> {
  const body = {
    order: plan.id,
    secret,
    expires_in: Math.min(86_400, Math.ceil(plan.request.timeout / 1000) + secretGrace),
    nodes: plan.nodes.map(({ name, labels, replace }) => ({ name, labels: [...labels], replace })),
  }
  const signal = AbortSignal.timeout(3 * patience)
  const startedAt = Date.now()
  return poll(
    { reason: 'the master to register nodes', every: retryInterval, signal },
    async () => {
      try {
        return await scope.master.createEnrolment(scope.owner.grid, body, signal)
      } catch (error) {
        const isPassing = error instanceof MasterError && !isRefusal(error)
        if (isPassing && Date.now() - startedAt < patience) return undefined
        throw error
      }
    },
  )
}

function taken(names: readonly string[], cause: MasterError): ProvisionError {
  return new ProvisionError('NAME_TAKEN', `the grid already has a node named ${names.join(', ')}`, {
    cause,
    hint: 'choose another name, or leave it out to get a random one',
  })
}

function unanswered(order: string, cause: unknown): ProvisionError {
  return new ProvisionError(
    'LEFT_BEHIND',
    `the master did not answer while nodes were registered; order ${order} stays open`,
    { cause, hint: 'no machine was made; the next command for this grid settles the order' },
  )
}
