import { randomBytes } from 'node:crypto'
import { zoneWord } from '../catalog/locations.ts'
import type { Operation } from '../operations.ts'
import { ArmError, type ErrorDetail, notFound } from '../wire/errors.ts'
import type { World } from '../world.ts'
import type { Deployment, Step } from './deployment.ts'
import { isActive } from './deployment.ts'
import type { TemplateResource } from './resolve.ts'

/** Milliseconds before Azure tries a resource again that was told to come back. */
const retryPause = 5

/**
 * Makes the resources of a deployment, each once those before it are there. One that fails takes those
 * with it that need it, and no others.
 */
export function runDeployment(deployment: Deployment, world: World): void {
  const waiting = new Set(deployment.resources)
  const done = new Set<TemplateResource>()
  const running = new Set<TemplateResource>()
  const advance = () => {
    if (!isActive(deployment)) return
    deployment.state = 'Running'
    const ready = [...waiting].filter(({ dependsOn }) => dependsOn.every((one) => done.has(one)))
    for (const resource of ready) {
      waiting.delete(resource)
      running.add(resource)
      start(resource, deployment, world, (step) => {
        running.delete(resource)
        if (step.state === 'Succeeded') done.add(resource)
        advance()
      })
    }
    if (running.size === 0 && isActive(deployment)) finish(deployment)
  }
  world.schedule.after(0, advance)
}

function start(
  resource: TemplateResource,
  deployment: Deployment,
  world: World,
  onEnd: (step: Step) => void,
): void {
  const step: Step = {
    operationId: randomBytes(8).toString('hex').toUpperCase(),
    resource,
    state: 'Running',
    startedAt: new Date(),
    endedAt: undefined,
    statusCode: undefined,
    error: undefined,
  }
  deployment.steps.push(step)
  const end = (result: Pick<Step, 'state' | 'statusCode' | 'error'>) => {
    Object.assign(step, result, { endedAt: new Date() })
    // Never within `advance`, which is in the middle of its own work.
    world.schedule.after(0, () => onEnd(step))
  }
  const attempt = () => {
    try {
      const { operation, isNew } = apply(resource, world)
      operation.onEnd(() => end(resultOf(operation, isNew)))
    } catch (error) {
      if (!(error instanceof ArmError)) throw error
      if (error.status === 429) world.schedule.after(retryPause, attempt)
      else end({ state: 'Failed', statusCode: statusWord(error.status), error: error.detail })
    }
  }
  attempt()
}

function apply({ kind, resourceId: id, body, apiVersion }: TemplateResource, world: World) {
  const group = world.account.groups.get(id.group)
  if (group === undefined || group.isGoing) {
    throw notFound('ResourceGroupNotFound', `Resource group '${id.group}' could not be found.`)
  }
  const plan = kind.plan({ id, body, apiVersion }, world)
  const action = `${kind.operations}.createOrUpdate`
  const zone = plan.demand && zoneWord(plan.demand.location, plan.demand.zone)
  // A fault for any call means the deployment's own; one for this call strikes within it too.
  const fault = world.faults.take('error', { action, zone }, (one) => one.action !== undefined)
  if (fault !== undefined) {
    throw new ArmError({ code: fault.code, message: fault.message, status: fault.status })
  }
  return plan.apply()
}

function resultOf(
  operation: Operation,
  isNew: boolean,
): Pick<Step, 'state' | 'statusCode' | 'error'> {
  if (operation.status === 'Succeeded') {
    return { state: 'Succeeded', statusCode: isNew ? 'Created' : 'OK', error: undefined }
  }
  const details = operation.error === undefined ? [] : [operation.error]
  return {
    state: 'Failed',
    statusCode: 'Conflict',
    error: {
      code: 'ResourceDeploymentFailure',
      message:
        "The resource write operation failed to complete successfully, because it reached terminal provisioning state 'Failed'.",
      details,
    },
  }
}

function finish(deployment: Deployment): void {
  const failed = deployment.steps.filter(({ state }) => state === 'Failed')
  deployment.endedAt = new Date()
  if (failed.length === 0) {
    deployment.state = 'Succeeded'
    deployment.operation.end('Succeeded')
    return
  }
  deployment.state = 'Failed'
  deployment.error = {
    code: 'DeploymentFailed',
    target: deployment.id,
    message:
      'At least one resource deployment operation failed. Please list deployment operations for details. Please see ' +
      'https://aka.ms/arm-deployment-operations for usage details.',
    details: failed.map(
      ({ error, resource }): ErrorDetail => ({
        ...(error ?? { code: 'Unknown', message: '' }),
        target: resource.id,
      }),
    ),
  }
  deployment.operation.end('Failed', deployment.error)
}

const statusWords: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  412: 'PreconditionFailed',
}

function statusWord(status: number): string {
  return statusWords[status] ?? 'InternalServerError'
}
