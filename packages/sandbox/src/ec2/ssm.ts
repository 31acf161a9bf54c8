import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { WritableCallLog } from '../calls.ts'
import type { ArmedFaults } from '../faults.ts'
import { afterCommit, beforeCommit, type Refusal } from '../faulty-call.ts'
import { type CloudReply, dropped, type Endpoint } from '../server.ts'
import { imageParametersOf } from './catalog/images.ts'
import { regionNames } from './catalog/regions.ts'
import { accountId } from './resources.ts'
import { type Caller, type Credentials, identify } from './wire/signature.ts'

export interface SsmOptions {
  readonly credentials: Credentials
  readonly faults: ArmedFaults
  readonly calls: WritableCallLog
}

const prefix = 'AmazonSSM.'

/** Public parameters of SSM that name images; JSON 1.1. */
export function openSsm({ credentials, faults, calls }: SsmOptions): Endpoint {
  return {
    handles: ({ headers }) => targetOf(headers).startsWith(prefix),
    async answer(request) {
      const time = Date.now()
      const action = targetOf(request.headers).slice(prefix.length)
      const caller = identify(request, credentials)
      const done = await carryOut({ action, body: request.body, caller }, faults)
      calls.add({
        action,
        region: caller.region,
        dryRun: false,
        status: done === dropped ? 0 : done.status,
        code: done === dropped ? undefined : done.code,
        time,
      })
      return done
    },
  }
}

interface SsmCall {
  readonly action: string
  readonly body: string
  readonly caller: Caller
}

type SsmReply = CloudReply & { readonly code?: string }

async function carryOut(call: SsmCall, faults: ArmedFaults): Promise<SsmReply | typeof dropped> {
  const unknown = refuseCaller(call.caller)
  if (unknown !== undefined) return unknown
  const refusal = await beforeCommit(faults, { action: call.action })
  if (refusal?.kind === 'reset') return dropped
  if (refusal !== undefined) return refused(refusal, call.action)
  const reply = answer(call)
  return (await afterCommit(faults, { action: call.action })) ? dropped : reply
}

const one = z.object({ Name: z.string(), WithDecryption: z.boolean().optional() })
const several = z.object({
  Names: z.array(z.string()).min(1).max(10),
  WithDecryption: z.boolean().optional(),
})

function answer({ action, body, caller }: SsmCall): SsmReply {
  switch (action) {
    case 'GetParameter': {
      const input = one.safeParse(parseJson(body))
      if (!input.success) return fail('ValidationException', 'Name is required')
      const found = parameter(input.data.Name, caller.region)
      return found === undefined ? fail('ParameterNotFound', '') : json(200, { Parameter: found })
    }
    case 'GetParameters': {
      const input = several.safeParse(parseJson(body))
      if (!input.success) return fail('ValidationException', 'Between 1 and 10 names are required')
      const names = [...new Set(input.data.Names)].sort()
      const found = names.map((name) => parameter(name, caller.region))
      return json(200, {
        Parameters: found.filter((it) => it !== undefined),
        InvalidParameters: names.filter((_, index) => found[index] === undefined),
      })
    }
    default:
      return fail('UnknownOperationException', '')
  }
}

function parameter(name: string, region: string) {
  const value = imageParametersOf(region).get(name)
  if (value === undefined) return undefined
  return {
    ARN: `arn:aws:ssm:${region}::parameter${name}`,
    DataType: 'aws:ec2:image',
    LastModifiedDate: 1_789_000_000,
    Name: name,
    Type: 'String',
    Value: value,
    Version: 42,
  }
}

function refuseCaller({ kind, region, service }: Caller): SsmReply | undefined {
  switch (kind) {
    case 'expired':
      return fail('ExpiredTokenException', 'The security token included in the request is expired')
    case 'bad-signature':
      return fail(
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided.',
      )
    case 'unknown-key':
      return fail(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      )
    case 'known':
      if (service === 'ssm' && regionNames.includes(region)) return undefined
      return fail('InvalidSignatureException', 'Credential should be scoped to a valid region.')
  }
}

function refused(refusal: Exclude<Refusal, { kind: 'reset' }>, action: string): SsmReply {
  switch (refusal.kind) {
    case 'throttle':
      return fail('ThrottlingException', 'Rate exceeded')
    case 'unauthorized':
      return fail(
        'AccessDeniedException',
        `User: arn:aws:iam::${accountId}:user/sandbox is not authorized to perform: ssm:${action} ` +
          `because no identity-based policy allows the ssm:${action} action`,
      )
    case 'error':
      return fail(refusal.code, refusal.message, refusal.status)
  }
}

function fail(code: string, message: string, status = 400): SsmReply {
  return { ...json(status, { __type: code, message }), code }
}

function json(status: number, body: unknown): CloudReply {
  return {
    status,
    type: 'application/x-amz-json-1.1',
    body: JSON.stringify(body),
    headers: { 'x-amzn-requestid': randomUUID() },
  }
}

function targetOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  return [headers['x-amz-target'] ?? ''].flat()[0] ?? ''
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
