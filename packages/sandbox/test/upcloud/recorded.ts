import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Exchange } from '../checked-proxy.ts'
import { childOf, emptyShape, learn, type Shape, shapeProblems, widen } from './shapes.ts'

/**
 * UpCloud publishes no description of its API, but two things that come from it: sessions that its Go
 * client recorded, and the types of that client. Requests and replies are held against both: an attribute
 * must be in one of them, be there where it always was, and be of a type that was seen.
 */
const folder = join(import.meta.dirname, '../../../../../shared/specs/upcloud')

const interaction = z.object({
  method: z.string(),
  path: z.string(),
  request: z.unknown(),
  status: z.number(),
  response: z.unknown(),
})
export type Interaction = z.output<typeof interaction>
const cassette = z.object({ interactions: z.array(interaction) })

interface Field {
  readonly type: string
  readonly optional: boolean
  readonly fields?: Readonly<Record<string, Field>> | undefined
}
const field: z.ZodType<Field> = z.lazy(() =>
  z.object({
    type: z.string(),
    optional: z.boolean(),
    fields: z.record(z.string(), field).optional(),
  }),
)
const types = z.record(
  z.string(),
  z.object({
    kind: z.string(),
    doc: z.string().optional(),
    of: z.string().optional(),
    fields: z.record(z.string(), field).optional(),
  }),
)
type Types = z.output<typeof types>

/** Types of replies and requests, which the Go client's operations do not name. */
const typeNames: Readonly<Record<string, { readonly request?: string; readonly reply?: string }>> =
  {
    'GET account': { reply: 'Account' },
    'GET zone': { reply: 'Zones' },
    'GET plan': { reply: 'Plan' },
    'GET price': { reply: 'Prices' },
    'POST server': { request: 'CreateServer', reply: 'CreateServerResponse' },
    'GET server/{}': { reply: 'Server' },
    'GET storage': { reply: 'Storages' },
    'POST storage': { request: 'CreateStorageRequest' },
    'GET storage/{}': { reply: 'Storage' },
    'GET network': { reply: 'Networks' },
    'POST network': { request: 'CreateNetworkRequest' },
    'GET network/{}': { reply: 'Network' },
    'GET ip_address': { reply: 'IpAddressesResponse' },
    'GET ip_address/{}': { reply: 'IpAddressResponse' },
  }

/** Calls that answer with the same document as another does. */
const sameReplies: Readonly<Record<string, string>> = {
  'PUT server/{}': 'GET server/{}',
  'POST server/{}/start': 'GET server/{}',
  'POST server/{}/stop': 'GET server/{}',
  'POST server/{}/restart': 'GET server/{}',
  'POST storage': 'GET storage/{}',
  'PUT storage/{}': 'GET storage/{}',
  'GET storage/private': 'GET storage',
  'GET storage/template': 'GET storage',
  'POST network': 'GET network/{}',
  'PUT network/{}': 'GET network/{}',
}

/** Samples that the vendor's Python client is tested with, by the call that they answer. */
const samples: Readonly<Record<string, string>> = {
  'storage_01350eec-6ebf-4418-abe4-e8bb1d5c9643': 'GET storage/{}',
  storage_template: 'GET storage',
  network: 'GET network',
  'network_036df3d0-8629-4549-984e-dc86fc3fa1b0': 'GET network/{}',
}

/** Calls that are sent what another answers with. */
const sentBack: Readonly<Record<string, string>> = {
  'PUT server/{}/firewall_rule': 'GET server/{}/firewall_rule',
  'POST server/{}/firewall_rule': 'GET server/{}/firewall_rule/{}',
  'PUT storage/{}': 'GET storage/{}',
  'PUT server/{}': 'GET server/{}',
}

/** What the vendor's documents say and neither source has: what kind of template an image is. */
const documented: readonly (readonly [call: string, path: readonly string[], type: string])[] = [
  ['GET storage/{}', ['storage', 'template_type'], 'string'],
  ['GET storage', ['storages', 'storage', '[]', 'template_type'], 'string'],
]

export interface Recorded {
  readonly cassettes: ReadonlyMap<string, readonly Interaction[]>
  problemsOf(exchange: Exchange): readonly string[]
}

/** Undefined, with a line on the console, where the recordings are not beside the checkout. */
export function loadRecorded(): Recorded | undefined {
  if (!existsSync(folder)) {
    process.stdout.write(
      `skipped: UpCloud calls are not held against ${folder}, which is missing\n`,
    )
    return undefined
  }
  const names = readdirSync(join(folder, 'cassettes')).filter((name) => name.endsWith('.json'))
  const cassettes = new Map(
    names.map((name) => {
      const { interactions } = cassette.parse(readJson(join(folder, 'cassettes', name)))
      return [name.replace('.json', ''), interactions]
    }),
  )
  const derived = z.object({ types }).parse(readJson(join(folder, 'api-1.3.derived.json'))).types
  const samplesOf = Object.entries(samples).map(([name, call]) => ({
    call,
    reply: readJson(join(folder, 'samples', `${name}.json`)),
  }))
  const shapes = learnShapes({
    interactions: [...cassettes.values()].flat(),
    samples: samplesOf,
    derived,
  })
  return { cassettes, problemsOf: (exchange) => exchangeProblems(exchange, shapes) }
}

interface Shapes {
  readonly request: Shape
  readonly reply: Shape
  /** Statuses that were recorded; any where there are none. */
  readonly statuses: Set<number>
}

interface Sources {
  readonly interactions: readonly Interaction[]
  readonly samples: readonly { readonly call: string; readonly reply: unknown }[]
  readonly derived: Types
}

function learnShapes({ interactions, samples: given, derived }: Sources): Map<string, Shapes> {
  const shapes = new Map<string, Shapes>()
  const of = (call: string): Shapes => {
    const known = shapes.get(call)
    if (known !== undefined) return known
    const same = sameReplies[call]
    const reply: Shape = same === undefined ? emptyShape() : of(same).reply
    const made = { request: emptyShape(), reply, statuses: new Set<number>() }
    shapes.set(call, made)
    return made
  }
  for (const seen of interactions.filter(({ status }) => status < 400)) {
    const { request, reply, statuses } = of(callOf(seen.method, seen.path))
    statuses.add(seen.status)
    learn(request, seen.request ?? {})
    learn(reply, seen.response ?? {})
  }
  for (const { call, reply } of given) learn(of(call).reply, reply)
  for (const [call, { request, reply }] of Object.entries(typeNames)) {
    if (request !== undefined) derive(of(call).request, request, derived)
    if (reply !== undefined) derive(of(call).reply, reply, derived)
  }
  for (const call of Object.keys(sameReplies)) of(call)
  for (const [call, source] of Object.entries(sentBack)) widen(of(call).request, of(source).reply)
  for (const [call, path, type] of documented) at(of(call).reply, path).types.add(type)
  // What a session sent is no list of what must be sent.
  for (const { request } of shapes.values()) forgetRequired(request)
  // No password is made where keys are given, and an image for all zones is in none.
  childOf(of('POST server').reply, 'server').required?.delete('password')
  const storage = childOf(of('GET storage/{}').reply, 'storage')
  for (const key of ['created', 'zone']) storage.required?.delete(key)
  return shapes
}

function at(shape: Shape, path: readonly string[]): Shape {
  return path.reduce((one, key) => (key === '[]' ? itemOf(one) : childOf(one, key)), shape)
}

function forgetRequired(shape: Shape): void {
  shape.required = undefined
  for (const child of shape.keys.values()) forgetRequired(child)
  if (shape.item !== undefined) forgetRequired(shape.item)
}

/** Widens a shape by a type of the Go client. */
function derive(shape: Shape, name: string, derived: Types): void {
  const list = /^\[\](.+)$/.exec(name)?.[1]
  const { fields = {}, of, doc = '' } = derived[name] ?? {}
  if (/\bnull\b/.test(doc)) shape.types.add('null')
  if (list !== undefined) {
    shape.types.add('list')
    derive(itemOf(shape), list, derived)
  } else if (Object.keys(fields).length > 0) {
    deriveFields(shape, fields, derived)
  } else if (of !== undefined) {
    derive(shape, of, derived)
  } else {
    shape.types.add(scalars[name] ?? 'any')
  }
}

const scalars: Readonly<Record<string, string>> = {
  string: 'string',
  int: 'number',
  int32: 'number',
  int64: 'number',
  float32: 'number',
  float64: 'number',
  bool: 'boolean',
}

function deriveFields(shape: Shape, fields: Readonly<Record<string, Field>>, derived: Types): void {
  shape.types.add('object')
  for (const [key, { type, fields: inner }] of Object.entries(fields)) {
    const child = childOf(shape, key)
    if (inner === undefined) derive(child, type, derived)
    else if (type === 'array') {
      child.types.add('list')
      deriveFields(itemOf(child), inner, derived)
    } else deriveFields(child, inner, derived)
  }
}

function itemOf(shape: Shape): Shape {
  shape.item ??= emptyShape()
  return shape.item
}

/** Method and path, with `{}` for what names one thing. */
function callOf(method: string, path: string): string {
  const plain = path
    .replace(/\?.*$/, '')
    .replace(/^\/1\.3\//, '')
    .replace(/\/$/, '')
    .replace(/^(account\/details)\/.+$/, '$1/{}')
  const name = plain
    .split('/')
    .map((part) => (/^[0-9a-f]{8}-|^[\d.]+$|:/.test(part) ? '{}' : part))
    .join('/')
  return `${method} ${name}`
}

function exchangeProblems(exchange: Exchange, shapes: ReadonlyMap<string, Shapes>) {
  const { method, url, request, status, headers, text } = exchange
  if (status >= 400) return errorProblems(String(headers['content-type']), text)
  const found = shapes.get(callOf(method, url.pathname))
  if (found === undefined) return [`${method} ${url.pathname} was never recorded nor derived`]
  const isKnownStatus = found.statuses.size === 0 || found.statuses.has(status)
  return [
    ...(isKnownStatus ? [] : [`the status ${status} was never seen`]),
    ...(request === undefined ? [] : shapeProblems(found.request, request, 'request')),
    ...(text === '' ? [] : shapeProblems(found.reply, JSON.parse(text), 'reply')),
  ]
}

const classic = z.strictObject({
  error: z.strictObject({
    error_code: z.string().regex(/^[A-Z0-9_-]+$/),
    error_message: z.string().min(1),
  }),
})
const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  correlation_id: z.string().optional(),
})

function errorProblems(type: string, text: string): readonly string[] {
  const schema = type.startsWith('application/problem+json') ? problem : classic
  const parsed = schema.safeParse(JSON.parse(text))
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => `error: ${message}`)
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
