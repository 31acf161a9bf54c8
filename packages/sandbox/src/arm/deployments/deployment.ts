import type { Operation } from '../operations.ts'
import type { Json, Tags } from '../resources.ts'
import type { ErrorDetail } from '../wire/errors.ts'
import type { TemplateResource } from './resolve.ts'

export type DeploymentState = 'Accepted' | 'Running' | 'Succeeded' | 'Failed' | 'Canceled'

/** What a deployment did about one of its resources. */
export interface Step {
  readonly operationId: string
  readonly resource: TemplateResource
  state: 'Running' | 'Succeeded' | 'Failed'
  readonly startedAt: Date
  endedAt: Date | undefined
  statusCode: string | undefined
  error: ErrorDetail | undefined
}

/** One template, on its way or through. */
export interface Deployment {
  readonly id: string
  readonly name: string
  readonly group: string
  readonly tags: Tags
  readonly resources: readonly TemplateResource[]
  /** As they may be shown: secure ones without their values. */
  readonly parameters: Json
  readonly templateHash: string
  readonly correlationId: string
  readonly startedAt: Date
  readonly operation: Operation
  readonly steps: Step[]
  state: DeploymentState
  endedAt: Date | undefined
  error: ErrorDetail | undefined
}

export function isActive({ state }: Deployment): boolean {
  return state === 'Accepted' || state === 'Running'
}

export function viewDeployment(deployment: Deployment): Json {
  const { id, name, tags, error, endedAt, startedAt } = deployment
  const done = deployment.steps.filter(({ state }) => state === 'Succeeded')
  return {
    id,
    name,
    type: 'Microsoft.Resources/deployments',
    tags,
    properties: {
      templateHash: deployment.templateHash,
      parameters: deployment.parameters,
      mode: 'Incremental',
      provisioningState: deployment.state,
      timestamp: (endedAt ?? startedAt).toISOString(),
      duration: durationBetween(startedAt, endedAt),
      correlationId: deployment.correlationId,
      providers: providersOf(deployment),
      dependencies: deployment.resources
        .filter(({ dependsOn }) => dependsOn.length > 0)
        .map((resource) => ({
          ...viewTarget(resource),
          dependsOn: resource.dependsOn.map(viewTarget),
        })),
      ...(error === undefined ? {} : { error }),
      ...(done.length === 0
        ? {}
        : { outputResources: done.map(({ resource }) => ({ id: resource.id })) }),
    },
  }
}

function viewTarget({ id, type, name }: Pick<TemplateResource, 'id' | 'type' | 'name'>): Json {
  return { id, resourceType: type, resourceName: name }
}

/** ISO 8601, as in `PT1.234S`. */
function durationBetween(from: Date, to = new Date()): string {
  return `PT${((to.getTime() - from.getTime()) / 1000).toFixed(3)}S`
}

function providersOf({ resources }: Deployment): readonly Json[] {
  const namespaces = new Set(resources.map(({ type }) => type.split('/')[0] ?? ''))
  return [...namespaces].map((namespace) => ({
    namespace,
    resourceTypes: [
      ...new Map(
        resources
          .filter(({ type }) => type.startsWith(`${namespace}/`))
          .map(({ type, location }) => [`${type} ${location}`, { type, location }]),
      ).values(),
    ].map(({ type, location }) => ({
      resourceType: type.slice(namespace.length + 1),
      locations: [location ?? null],
    })),
  }))
}

export function viewStep(step: Step, deployment: Deployment): Json {
  const { operationId, resource, error } = step
  return {
    id: `${deployment.id}/operations/${operationId}`,
    operationId,
    properties: {
      provisioningOperation: 'Create',
      provisioningState: step.state,
      timestamp: (step.endedAt ?? step.startedAt).toISOString(),
      duration: durationBetween(step.startedAt, step.endedAt),
      trackingId: operationId,
      ...(step.statusCode === undefined ? {} : { statusCode: step.statusCode }),
      ...(error === undefined
        ? {}
        : {
            statusMessage: {
              ...(error.code === 'ResourceDeploymentFailure' ? { status: 'Failed' } : {}),
              error,
            },
          }),
      targetResource: viewTarget(resource),
    },
  }
}
