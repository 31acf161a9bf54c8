import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Exchange } from '../checked-proxy.ts'

/**
 * DigitalOcean's own OpenAPI document. Requests and replies are held against it, so that the simulator
 * is as true as the vendor's description: nothing required is missing, and nothing is there that it does
 * not know.
 */
const file = join(
  import.meta.dirname,
  '../../../../../shared/specs/digitalocean/openapi.trimmed.json',
)

interface Schema {
  readonly $ref?: string | undefined
  readonly type?: string | undefined
  readonly nullable?: boolean | undefined
  readonly enum?: readonly unknown[] | undefined
  readonly pattern?: string | undefined
  readonly required?: readonly string[] | undefined
  readonly properties?: Readonly<Record<string, Schema>> | undefined
  readonly items?: Schema | undefined
  readonly allOf?: readonly Schema[] | undefined
  readonly oneOf?: readonly Schema[] | undefined
  readonly anyOf?: readonly Schema[] | undefined
}
const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.string().optional(),
    nullable: z.boolean().optional(),
    enum: z.array(z.unknown()).optional(),
    pattern: z.string().optional(),
    required: z.array(z.string()).optional(),
    properties: z.record(z.string(), schema).optional(),
    items: schema.optional(),
    allOf: z.array(schema).optional(),
    oneOf: z.array(schema).optional(),
    anyOf: z.array(schema).optional(),
  }),
)
const content = z.object({ 'application/json': z.object({ schema }) })
const message = z.object({ $ref: z.string().optional(), content: content.partial().optional() })
const operation = z.object({
  requestBody: message.optional(),
  responses: z.record(z.string(), message),
})
const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ 'x-bundle': z.record(z.string(), z.unknown()) }),
})
export type OpenApi = z.output<typeof document>

/** Undefined, with a line on the console, where it is not beside the checkout. */
export function loadOpenApi(): OpenApi | undefined {
  if (existsSync(file)) {
    // One word is misspelt in the schema of tags and right in its examples.
    const text = readFileSync(file, 'utf8').replaceAll('"imgages"', '"images"')
    return document.parse(JSON.parse(text))
  }
  process.stdout.write(
    `skipped: DigitalOcean calls are not held against ${file}, which is missing\n`,
  )
  return undefined
}

/** What is wrong with a call and its answer. */
export function exchangeProblems(api: OpenApi, exchange: Exchange): readonly string[] {
  const { method, url, request, status, headers, text } = exchange
  const found = operationOf(api, method, url.pathname)
  if (found === undefined) return status === 404 ? [] : ['no such operation']
  const isRefusal = status >= 400
  const isHtml = String(headers['content-type']).startsWith('text/html')
  const problems = rateHeaders.filter((name) => headers[name] === undefined)
  const replies =
    found.responses[String(status)] ?? (isRefusal ? found.responses.default : undefined)
  if (replies === undefined) return [`status ${status} is not among the replies`]
  const reply = jsonSchema(api, replies)
  // A call that is refused may be wrong on purpose.
  const input = isRefusal ? undefined : jsonSchema(api, found.requestBody)
  return [
    ...problems.map((name) => `the header ${name} is missing`),
    ...(input === undefined ? [] : valueProblems(api, input, request ?? {}, 'request')),
    ...(reply === undefined || isHtml
      ? text === '' || isHtml
        ? []
        : ['there is a body']
      : valueProblems(api, reply, JSON.parse(text), 'reply')),
  ]
}

const rateHeaders = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']

function operationOf(api: OpenApi, method: string, path: string) {
  const matching = Object.keys(api.paths).filter((template) =>
    new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}/?$`).test(path),
  )
  // `/v2/droplets/actions` is no droplet: the path with the fewest placeholders is meant.
  const [best] = matching.sort((a, b) => a.split('{').length - b.split('{').length)
  const found = api.paths[best ?? '']?.[method.toLowerCase()]
  return found === undefined ? undefined : operation.parse(found)
}

function jsonSchema(api: OpenApi, given: z.output<typeof message> | undefined): Schema | undefined {
  const found = given?.$ref === undefined ? given : message.parse(resolve(api, given.$ref))
  return found?.content?.['application/json']?.schema
}

function resolve(api: OpenApi, ref: string): unknown {
  return api.components['x-bundle'][ref.replace('#/components/x-bundle/', '')]
}

function valueProblems(
  api: OpenApi,
  given: Schema,
  value: unknown,
  path: string,
): readonly string[] {
  const branches = expand(api, given)
  const results = branches.map((branch) => branchProblems(api, branch, value, path))
  return results.sort((a, b) => a.length - b.length)[0] ?? []
}

/** A schema without references, `allOf` and alternatives: as many plain ones as there are ways to meet it. */
function expand(api: OpenApi, given: Schema): readonly Schema[] {
  if (given.$ref !== undefined) return expand(api, schema.parse(resolve(api, given.$ref)))
  const { allOf, oneOf, anyOf, ...own } = given
  const parts: readonly (readonly Schema[])[] = [
    [own],
    ...(allOf ?? []).map((part) => expand(api, part)),
    ...(oneOf === undefined ? [] : [oneOf.flatMap((part) => expand(api, part))]),
    ...(anyOf === undefined ? [] : [anyOf.flatMap((part) => expand(api, part))]),
  ]
  return parts.reduce(
    (ways, part) => ways.flatMap((way) => part.map((one) => merge(way, one))),
    [{}],
  )
}

function merge(one: Schema, other: Schema): Schema {
  return {
    ...one,
    ...other,
    type: other.type ?? one.type,
    nullable: other.nullable ?? one.nullable,
    enum: other.enum ?? one.enum,
    pattern: other.pattern ?? one.pattern,
    items: other.items ?? one.items,
    required: [...(one.required ?? []), ...(other.required ?? [])],
    properties: mergeProperties(one.properties, other.properties),
  }
}

function mergeProperties(one: Schema['properties'], other: Schema['properties']) {
  if (one === undefined || other === undefined) return one ?? other
  const both = { ...one, ...other }
  for (const key of Object.keys(other)) {
    const [a, b] = [one[key], other[key]]
    if (a !== undefined && b !== undefined) both[key] = { allOf: [a, b] }
  }
  return both
}

function branchProblems(
  api: OpenApi,
  branch: Schema,
  value: unknown,
  path: string,
): readonly string[] {
  if (value === null) return branch.nullable === true ? [] : [`${path} is null`]
  if (branch.properties !== undefined || branch.type === 'object') {
    return objectProblems(api, branch, value, path)
  }
  if (branch.items !== undefined || branch.type === 'array') {
    if (!Array.isArray(value)) return [`${path} is no list`]
    const { items } = branch
    if (items === undefined) return []
    return value.flatMap((one, index) => valueProblems(api, items, one, `${path}[${index}]`))
  }
  return scalarProblems(branch, value, path)
}

function objectProblems(
  api: OpenApi,
  { properties, required }: Schema,
  value: unknown,
  path: string,
): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${path} is no object`]
  }
  return [
    ...(required ?? []).filter((key) => !(key in value)).map((key) => `${path} lacks ${key}`),
    ...Object.entries(value).flatMap(([key, child]) => {
      const known = properties?.[key]
      if (known !== undefined) return valueProblems(api, known, child, `${path}.${key}`)
      return properties === undefined ? [] : [`${path}.${key} is unknown`]
    }),
  ]
}

function scalarProblems(branch: Schema, value: unknown, path: string): readonly string[] {
  const types: Readonly<Record<string, (one: unknown) => boolean>> = {
    string: (one) => typeof one === 'string',
    boolean: (one) => typeof one === 'boolean',
    number: (one) => typeof one === 'number',
    integer: Number.isInteger,
  }
  if (branch.type !== undefined && types[branch.type]?.(value) !== true) {
    return [`${path} is no ${branch.type}: ${JSON.stringify(value)}`]
  }
  // YAML reads the bare word `off` as false, so the document lists the state `off` so.
  const values = branch.enum?.map((one) => (one === false ? 'off' : one))
  if (values !== undefined && !values.includes(value)) return [`${path} cannot be ${String(value)}`]
  const isMatch = branch.pattern === undefined || new RegExp(branch.pattern).test(String(value))
  return isMatch ? [] : [`${path} does not fit ${branch.pattern}: ${String(value)}`]
}
