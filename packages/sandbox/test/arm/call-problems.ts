import { z } from 'zod'
import { bicepProblems } from './bicep-problems.ts'
import type { Specs } from './specs.ts'
import { pathPattern, swaggerProblems } from './swagger-problems.ts'

export interface ObservedCall {
  readonly method: string
  readonly url: string
  readonly request: unknown
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly reply: unknown
}

/** Paths that none of the files describes: operations on their way, templates, quotas of the network. */
const undescribed =
  /\/(operations|operationResults|operationStatuses)\/|\/deployments(\/|$)|\/Microsoft\.Network\/locations\/|^\/subscriptions(\/[^/]+(\/locations)?)?$/i

/** What is untrue about a call: its path, its version, its status, its bodies, how it goes on. */
export function callProblems(specs: Specs, call: ObservedCall): readonly string[] {
  const url = new URL(call.url)
  if (call.status >= 400) return refusalProblems(call)
  return [
    ...operationProblems(specs, call, url),
    ...bodyProblems(specs, call, url),
    ...progressProblems(call),
  ]
}

const detail = z.strictObject({
  code: z.string().min(1),
  message: z.string(),
  target: z.string().optional(),
  get details() {
    return z.array(detail).optional()
  },
})
const refusal = z.strictObject({ error: detail })

export function refusalProblems({ method, reply }: ObservedCall): readonly string[] {
  if (method === 'HEAD') return []
  const checked = refusal.safeParse(reply)
  return checked.success ? [] : [`the refusal is malformed: ${z.prettifyError(checked.error)}`]
}

function operationProblems(specs: Specs, call: ObservedCall, url: URL): readonly string[] {
  const { pathname } = url
  if (undescribed.test(pathname)) return []
  const literals = (template: string) => template.replaceAll(/\{[^}]*\}/g, '').length
  const [operation] = specs.operations
    .filter((one) => one.method === call.method && !one.url.includes('{+'))
    .filter((one) => pathPattern(one.url).test(pathname))
    .sort((one, other) => literals(other.url) - literals(one.url))
  if (operation === undefined) return [`no operation of the SDKs is ${call.method} ${pathname}`]
  const version = url.searchParams.get('api-version')
  return [
    ...(version === operation.apiVersion ? [] : [`the SDK sends ${operation.apiVersion}`]),
    ...(operation.expectedStatuses.includes(String(call.status))
      ? []
      : [`the SDK does not take status ${call.status}`]),
  ]
}

/** A resource or a list of them, by what its path says. */
function resourceTypeOf(
  path: string,
): { readonly type: string; readonly isList: boolean } | undefined {
  const [, namespace, rest = ''] = /\/providers\/([^/]+)\/(.+)$/.exec(path) ?? []
  if (namespace === undefined) return undefined
  const segments = rest.split('/')
  const types = segments.filter((_, index) => index % 2 === 0)
  return { type: [namespace, ...types].join('/'), isList: segments.length % 2 === 1 }
}

function bodyProblems({ bicep, swagger }: Specs, call: ObservedCall, url: URL): readonly string[] {
  const { method, status, request, reply } = call
  const found = resourceTypeOf(url.pathname)
  const problems: string[] = []
  if (found !== undefined && method === 'PUT') {
    problems.push(
      ...(bicepProblems(bicep, found.type, { body: request, direction: 'request' }) ?? []),
    )
  }
  if (reply === undefined || found === undefined) return problems
  const values = found.isList ? listOf(reply) : [reply]
  const described = values?.map((body) =>
    bicepProblems(bicep, found.type, { body, direction: 'reply' }),
  )
  if (described?.every((one) => one !== undefined) && described.length > 0) {
    return [...problems, ...described.flat()]
  }
  return [
    ...problems,
    ...(swaggerProblems(swagger, { method, path: url.pathname, status }, reply) ?? []),
  ]
}

function listOf(reply: unknown): readonly unknown[] | undefined {
  const value: unknown =
    typeof reply === 'object' && reply !== null ? Reflect.get(reply, 'value') : reply
  return Array.isArray(value) ? value : undefined
}

const states = ['InProgress', 'Running', 'Succeeded', 'Failed', 'Canceled']

/** Whoever is told to wait must be told where to ask. */
function progressProblems({ status, headers, reply, url }: ObservedCall): readonly string[] {
  const address = headers['azure-asyncoperation'] ?? headers.location
  const problems: string[] = []
  if (status === 202 && address === undefined) problems.push('202 does not say where to ask')
  if (address !== undefined && headers['retry-after'] === undefined) {
    problems.push('there is no Retry-After')
  }
  const state = textAt(textAt(reply, 'properties'), 'provisioningState')
  if (status === 201 && state !== 'Succeeded' && state !== undefined && address === undefined) {
    problems.push(`${String(state)} does not say where to ask`)
  }
  if (/\/(operations|operationStatuses)\/[0-9a-f-]+$/.test(new URL(url).pathname)) {
    const word = textAt(reply, 'status')
    if (!states.includes(String(word))) problems.push(`an operation cannot be ${String(word)}`)
  }
  return problems
}

function textAt(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
