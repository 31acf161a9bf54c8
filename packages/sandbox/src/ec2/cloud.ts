import { randomUUID } from 'node:crypto'
import type { WritableCallLog } from '../calls.ts'
import type { FaultyCall } from '../faults.ts'
import { afterCommit, beforeCommit, type Refusal } from '../faulty-call.ts'
import { type CloudReply, type CloudRequest, dropped, type Endpoint } from '../server.ts'
import type { World } from './action.ts'
import { actions } from './actions.ts'
import type { Region } from './region.ts'
import { accountId } from './resources.ts'
import { Ec2Error } from './wire/errors.ts'
import { type Parameters, parameterText, parseParameters } from './wire/parameters.ts'
import { type Caller, type Credentials, identify } from './wire/signature.ts'
import { renderError, renderReply } from './wire/xml.ts'

const apiVersion = '2016-11-15'

export interface Ec2Options {
  readonly world: World
  readonly regions: ReadonlyMap<string, Region>
  readonly credentials: Credentials
  readonly calls: WritableCallLog
}

/** One call on its way. */
interface Call extends FaultyCall {
  readonly action: string
  readonly dryRun: boolean
  readonly parameters: Parameters
  readonly caller: Caller
  readonly requestId: string
}

/** EC2's Query protocol: forms in, XML out. */
export function openEc2(options: Ec2Options): Endpoint {
  return {
    handles: ({ method, headers, target }) =>
      method === 'POST' &&
      target === '/' &&
      (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded'),
    async answer(request) {
      const time = Date.now()
      const call = openCall(request, options)
      const { reply, code } = await carryOut(call, options)
      options.calls.add({
        action: call.action,
        region: call.caller.region,
        dryRun: call.dryRun,
        status: reply === dropped ? 0 : reply.status,
        code,
        time,
      })
      return reply
    },
  }
}

function openCall(request: CloudRequest, { credentials, regions }: Ec2Options): Call {
  const parameters = parseParameters(request.body)
  const caller = identify(request, credentials)
  return {
    action: parameterText(parameters, 'Action') ?? '',
    dryRun: parameterText(parameters, 'DryRun') === 'true',
    zone: zoneOf(parameters, regions.get(caller.region)),
    parameters,
    caller,
    requestId: randomUUID(),
  }
}

interface Outcome {
  readonly reply: CloudReply | typeof dropped
  readonly code: string | undefined
}

async function carryOut(call: Call, options: Ec2Options): Promise<Outcome> {
  try {
    const region = authorize(call, options.regions)
    const refusal = await beforeCommit(options.world.faults, call)
    if (refusal?.kind === 'reset') return { reply: dropped, code: undefined }
    if (refusal !== undefined) throw refused(refusal, call)
    const reply = commit(call, region, options.world)
    const isLost = await afterCommit(options.world.faults, call)
    return { reply: isLost ? dropped : reply, code: undefined }
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error
    const body = renderError(error.code, error.message, call.requestId)
    return { reply: xml(error.status, body), code: error.code }
  }
}

/** @throws Ec2Error for a caller or a call that EC2 does not know */
function authorize({ caller, action, parameters }: Call, regions: Ec2Options['regions']): Region {
  if (caller.kind === 'expired') throw new Ec2Error('RequestExpired', 'Request has expired.')
  if (caller.kind !== 'known' || caller.service !== 'ec2') {
    throw new Ec2Error(
      'AuthFailure',
      'AWS was not able to validate the provided access credentials',
      401,
    )
  }
  const region = regions.get(caller.region)
  if (region === undefined) {
    throw new Ec2Error('AuthFailure', 'Credential should be scoped to a valid region.', 401)
  }
  const version = parameterText(parameters, 'Version') ?? ''
  if (!actions.has(action) || version !== apiVersion) {
    throw new Ec2Error(
      'InvalidAction',
      `The action ${action} is not valid for this web service, version ${version}.`,
    )
  }
  return region
}

function commit({ action, parameters, dryRun, requestId }: Call, region: Region, world: World) {
  const { Action: _action, Version: _version, ...input } = parameters
  const carryOutPlan = actions.get(action)?.plan(input, { region, world })
  if (dryRun || carryOutPlan === undefined) {
    throw new Ec2Error(
      'DryRunOperation',
      'Request would have succeeded, but DryRun flag is set.',
      412,
    )
  }
  return xml(200, renderReply(action, requestId, carryOutPlan()))
}

function refused(refusal: Exclude<Refusal, { kind: 'reset' }>, { action }: Call): Ec2Error {
  switch (refusal.kind) {
    case 'throttle':
      return new Ec2Error('RequestLimitExceeded', 'Request limit exceeded.', 503)
    case 'unauthorized':
      return new Ec2Error(
        'UnauthorizedOperation',
        `You are not authorized to perform this operation. User: arn:aws:iam::${accountId}:user/sandbox is not ` +
          `authorized to perform: ec2:${action} because no identity-based policy allows the ec2:${action} action`,
        403,
      )
    case 'error':
      return new Ec2Error(refusal.code, refusal.message, refusal.status)
  }
}

/** The zone that a call is about, where it names one or a subnet in one. */
function zoneOf(parameters: Parameters, region: Region | undefined): string | undefined {
  const subnet =
    text(parameters, 'SubnetId') ?? text(parameters, 'NetworkInterface', '1', 'SubnetId')
  return (
    text(parameters, 'Placement', 'AvailabilityZone') ??
    region?.subnets.get(subnet ?? '')?.zone.name
  )
}

function text(parameters: Parameters, ...path: readonly string[]): string | undefined {
  const [name = '', ...rest] = path
  const value = parameters[name]
  if (typeof value === 'object') return text(value, ...rest)
  return rest.length === 0 ? value : undefined
}

function xml(status: number, body: string): CloudReply {
  return { status, type: 'text/xml;charset=UTF-8', body }
}
