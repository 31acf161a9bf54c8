import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { deploymentVersions } from '../api-versions.ts'
import { findGroup } from '../groups/routes.ts'
import { viewOperation } from '../operation-routes.ts'
import { formatResourceId } from '../resource-id.ts'
import { type Answer, type Call, inGroup, type Route } from '../route.ts'
import { operationHeaders, retryAfter } from '../wire/accepted.ts'
import { checkTags } from '../wire/body.ts'
import { ArmError, badRequest, conflict, notFound } from '../wire/errors.ts'
import { pageOf } from '../wire/paging.ts'
import { pace, type World } from '../world.ts'
import { type Deployment, isActive, viewDeployment, viewStep } from './deployment.ts'
import { resolveTemplate } from './resolve.ts'
import { runDeployment } from './run.ts'
import { parseTemplate } from './template.ts'
import { validate } from './validate.ts'

const type = 'Microsoft.Resources/deployments'
const all = `${inGroup}/providers/${type}`
const one = `${all}/{deployment}`

/** Templates, put as one resource each. */
export const deploymentRoutes: readonly Route[] = [
  route('deployments.createOrUpdate', 'PUT', one, put),
  route('deployments.get', 'GET', one, (call, world) => ({
    status: 200,
    body: viewDeployment(find(call, world)),
  })),
  route('deployments.checkExistence', 'HEAD', one, (call, world) => ({
    status: world.account.deployments.has(idOf(call)) ? 204 : 404,
  })),
  route('deployments.delete', 'DELETE', one, remove),
  route('deployments.cancel', 'POST', `${one}/cancel`, cancel),
  { ...route('deployments.validate', 'POST', `${one}/validate`, tryOut), isDryRun: true },
  route('deployments.listByResourceGroup', 'GET', all, list),
  route('deploymentOperations.list', 'GET', `${one}/operations`, listSteps),
  // The SDK leaves the namespace out, and Azure takes both.
  route(
    'deploymentOperations.list',
    'GET',
    `${inGroup}/deployments/{deployment}/operations`,
    listSteps,
  ),
  route('deployments.getOperationStatus', 'GET', `${one}/operationStatuses/{operationId}`, status),
]

function route(action: string, method: Route['method'], path: string, run: Route['run']): Route {
  const right = { GET: 'read', HEAD: 'read', DELETE: 'delete' } as const
  const permission = `${type}/${method in right ? Reflect.get(right, method) : 'write'}`
  return { action, method, path, apiVersions: deploymentVersions, permission, run }
}

const body = z.strictObject({
  tags: z.record(z.string(), z.string()).optional(),
  properties: z.strictObject({
    template: z.unknown(),
    parameters: z.record(z.string(), z.strictObject({ value: z.unknown() })).optional(),
    mode: z.literal('Incremental'),
    debugSetting: z.strictObject({ detailLevel: z.literal('none').optional() }).optional(),
    expressionEvaluationOptions: z.looseObject({}).optional(),
    validationLevel: z.string().optional(),
  }),
})

function idOf({ parameters }: Call): string {
  const { resourceGroup: group = '', deployment = '' } = parameters
  return formatResourceId({ group, type, names: [deployment] })
}

/** @throws ArmError */
function find(call: Call, { account }: World): Deployment {
  const deployment = account.deployments.get(idOf(call))
  if (deployment !== undefined) return deployment
  throw notFound(
    'DeploymentNotFound',
    `Deployment '${call.parameters.deployment}' could not be found.`,
  )
}

function prepare(call: Call, world: World) {
  const parsed = body.safeParse(call.body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw badRequest(
      'InvalidRequestContent',
      `The request content was invalid and could not be deserialized: '${issue?.message} Path ` +
        `'${issue?.path.join('.')}''.`,
    )
  }
  const name = call.parameters.deployment ?? ''
  if (!/^[-\w._()]{1,64}$/.test(name)) {
    throw badRequest('InvalidDeploymentName', `The deployment name '${name}' is not valid.`)
  }
  const { template, parameters = {} } = parsed.data.properties
  const group = findGroup(call, world)
  const resolved = resolveTemplate({
    template: parseTemplate(template),
    parameters,
    group,
    deploymentName: name,
  })
  validate(name, resolved.resources, world)
  return { ...resolved, name, group, template, tags: checkTags(parsed.data.tags) }
}

function put(call: Call, world: World): Answer {
  const existing = world.account.deployments.get(idOf(call))
  if (existing !== undefined) refuseWhileActive(existing, 'edit or replace')
  const { name, group, resources, parameters, template, tags } = prepare(call, world)
  const deployment: Deployment = {
    id: idOf(call),
    name,
    group: group.name,
    tags,
    resources,
    parameters,
    templateHash: hashOf(template),
    correlationId: randomUUID(),
    startedAt: new Date(),
    operation: world.operations.start({
      namespace: 'Microsoft.Resources',
      location: group.location,
    }),
    steps: [],
    state: 'Accepted',
    endedAt: undefined,
    error: undefined,
  }
  world.account.deployments.set(deployment.id, deployment)
  const reply = viewDeployment(deployment)
  runDeployment(deployment, world)
  const { id } = deployment.operation
  return {
    status: existing === undefined ? 201 : 200,
    body: reply,
    headers: {
      'azure-asyncoperation': `${call.url}${deployment.id}/operationStatuses/${id}?api-version=${call.apiVersion}`,
      ...retryAfter(world),
    },
  }
}

/** Azure's is a number of up to 20 digits. */
function hashOf(template: unknown): string {
  return createHash('sha256').update(JSON.stringify(template)).digest().readBigUInt64BE().toString()
}

/** @throws ArmError */
function refuseWhileActive(deployment: Deployment, deed: string): void {
  if (!isActive(deployment)) return
  throw conflict(
    'DeploymentActive',
    `Unable to ${deed} deployment '${deployment.name}': previous deployment from ` +
      `'${deployment.startedAt.toISOString()}' is still active. Please see https://aka.ms/arm-deploy for usage details.`,
  )
}

/** Only the record goes; what it made stays. */
function remove(call: Call, world: World): Answer {
  const { account, operations, schedule, bootTime } = world
  const deployment = account.deployments.get(idOf(call))
  if (deployment === undefined) return { status: 204 }
  refuseWhileActive(deployment, 'delete')
  const location = findGroup(call, world).location
  const operation = operations.start({ namespace: 'Microsoft.Resources', location })
  schedule.after(bootTime * pace.network, () => {
    if (account.deployments.get(deployment.id) === deployment)
      account.deployments.delete(deployment.id)
    operation.end('Succeeded')
  })
  const { location: address = '', ...others } = operationHeaders(operation, call, world)
  return {
    status: 202,
    headers: { location: address, 'retry-after': others['retry-after'] ?? '0' },
  }
}

/** What was begun goes on; the rest is left. */
function cancel(call: Call, world: World): Answer {
  const deployment = find(call, world)
  if (!isActive(deployment)) {
    throw conflict(
      'DeploymentCannotBeCancelled',
      `The deployment '${deployment.name}' cannot be cancelled because it is in state '${deployment.state}'.`,
    )
  }
  deployment.state = 'Canceled'
  deployment.endedAt = new Date()
  deployment.operation.end('Canceled', {
    code: 'DeploymentCanceled',
    message: `The deployment '${deployment.name}' was canceled.`,
  })
  return { status: 204 }
}

function tryOut(call: Call, world: World): Answer {
  const { name, resources, parameters } = prepare(call, world)
  return {
    status: 200,
    body: {
      id: idOf(call),
      name,
      type,
      properties: {
        parameters,
        mode: 'Incremental',
        provisioningState: 'Succeeded',
        timestamp: new Date().toISOString(),
        duration: 'PT0S',
        correlationId: randomUUID(),
        validatedResources: resources.map(({ id }) => ({ id })),
      },
    },
  }
}

function list(call: Call, world: World): Answer {
  const group = call.parameters.resourceGroup?.toLowerCase()
  const [, wanted] = /^provisioningState eq '(\w+)'$/i.exec(call.query.get('$filter') ?? '') ?? []
  if (call.query.has('$filter') && wanted === undefined) {
    throw badRequest('InvalidFilterInQueryString', 'Invalid $filter specified in the query string.')
  }
  const found = world.account.deployments
    .values()
    .filter((deployment) => deployment.group.toLowerCase() === group)
    .filter(({ state }) => wanted === undefined || state.toLowerCase() === wanted.toLowerCase())
  return { status: 200, body: pageOf(found.map(viewDeployment), call, world.pageSize) }
}

function listSteps(call: Call, world: World): Answer {
  const deployment = find(call, world)
  const steps = deployment.steps.map((step) => viewStep(step, deployment))
  return { status: 200, body: pageOf(steps, call, world.pageSize) }
}

function status(call: Call, world: World): Answer {
  const operation = world.operations.get(call.parameters.operationId ?? '')
  if (operation === undefined) {
    throw new ArmError({
      status: 404,
      code: 'NotFound',
      message: 'The operation could not be found.',
    })
  }
  const isRunning = operation.status === 'InProgress'
  const shown = viewOperation(operation)
  return {
    status: 200,
    body: isRunning ? { status: 'Running' } : { status: shown.status, error: shown.error },
    ...(isRunning ? { headers: retryAfter(world) } : {}),
  }
}
