import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import { z } from 'zod'

/**
 * The part of botocore's EC2 model that says what goes over the wire. Requests and replies are held
 * against it, so that the simulator is as true as the vendor's own description.
 */
const member = z.object({
  shape: z.string(),
  locationName: z.string().optional(),
  queryName: z.string().optional(),
})
type Member = z.output<typeof member>
const shape = z.object({
  type: z.string(),
  members: z.record(z.string(), member).default({}),
  member: member.optional(),
  required: z.array(z.string()).default([]),
  enum: z.array(z.string()).optional(),
})
const operation = z.object({
  input: z.object({ shape: z.string() }).optional(),
  output: z.object({ shape: z.string() }).optional(),
})
const modelFile = z.object({
  operations: z.record(z.string(), operation),
  shapes: z.record(z.string(), shape),
})
export type Model = z.output<typeof modelFile>

const specs = join(import.meta.dirname, '../../../../../shared/specs/ec2')

/** Undefined, with a line on the console, where the model is not beside the checkout. */
export function loadModel(name = 'service-2.trimmed.json'): Model | undefined {
  const file = join(specs, name)
  if (existsSync(file)) return modelFile.parse(JSON.parse(readFileSync(file, 'utf8')))
  process.stdout.write(`skipped: AWS calls are not held against ${file}, which is missing\n`)
  return undefined
}

/** What is wrong with the JSON of a service that speaks JSON 1.1; shapes are named as in its model. */
export function jsonProblems(
  model: Model,
  name: string,
  value: unknown,
  path = name,
): readonly string[] {
  const found = model.shapes[name]
  if (found?.type === 'list') {
    if (!Array.isArray(value)) return [`${path} is no list`]
    return value.flatMap((one, index) =>
      jsonProblems(model, found.member?.shape ?? '', one, `${path}[${index}]`),
    )
  }
  if (found?.type === 'structure') {
    if (!isTree(value)) return [`${path} is no structure`]
    return [
      ...found.required.filter((key) => !(key in value)).map((key) => `${path} lacks ${key}`),
      ...Object.entries(value).flatMap(([key, child]) => {
        const known = found.members[key]
        if (known === undefined) return [`${path}.${key} is unknown`]
        return jsonProblems(model, known.shape, child, `${path}.${key}`)
      }),
    ]
  }
  const types: Readonly<Record<string, string>> = {
    string: 'string',
    boolean: 'boolean',
    long: 'number',
    timestamp: 'number',
  }
  const isRight = typeof value === types[found?.type ?? '']
  return isRight ? [] : [`${path} is no ${found?.type ?? 'known shape'}`]
}

/** What is wrong with the form of a call. */
export function requestProblems(model: Model, body: string): readonly string[] {
  const form = new URLSearchParams(body)
  const name = form.get('Action') ?? ''
  const input = model.operations[name]?.input
  if (input === undefined) return [`${name} is no operation with input`]
  const tree: Tree = {}
  for (const [key, value] of form) {
    if (key !== 'Action' && key !== 'Version') place(tree, key.split('.'), value)
  }
  return walkInput(model, input.shape, tree, name)
}

/** What is wrong with the XML that answers a call. */
export function replyProblems(model: Model, name: string, xml: string): readonly string[] {
  const parser = new XMLParser({ parseTagValue: false, isArray: (tag) => tag === 'item' })
  const parsed: unknown = parser.parse(xml)
  const reply = childOf(parsed, `${name}Response`)
  if (!isTree(reply)) return [`the reply is no ${name}Response`]
  const { requestId, ...content } = reply
  const problems = typeof requestId === 'string' ? [] : ['there is no requestId']
  const output = model.operations[name]?.output
  if (output !== undefined) return [...problems, ...walkOutput(model, output.shape, content, name)]
  const { return: returned, ...rest } = content
  if (returned !== 'true') problems.push(`${name} does not return true`)
  return [...problems, ...Object.keys(rest).map((element) => `${name} has ${element}`)]
}

/** What is wrong with the XML that refuses a call. The model leaves its form to the EC2 guide. */
export function refusalProblems(xml: string): readonly string[] {
  const refused = z.strictObject({
    Errors: z.strictObject({
      Error: z.strictObject({ Code: z.string().min(1), Message: z.string() }),
    }),
    RequestID: z.string().min(1),
  })
  const parsed: unknown = new XMLParser({ parseTagValue: false }).parse(xml)
  const checked = refused.safeParse(childOf(parsed, 'Response'))
  return checked.success ? [] : [z.prettifyError(checked.error)]
}

type Tree = { [name: string]: unknown }

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function childOf(value: unknown, name: string): unknown {
  return isTree(value) ? value[name] : undefined
}

function place(tree: Tree, path: readonly string[], value: string): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) {
    tree[name] = value
    return
  }
  const child = tree[name]
  const group: Tree = isTree(child) ? child : {}
  tree[name] = group
  place(group, rest, value)
}

/** EC2's own rule for names in forms: `queryName`, else `locationName` with a capital letter. */
function formName(name: string, { queryName, locationName }: Member): string {
  const plain = locationName ?? name
  return queryName ?? plain.charAt(0).toUpperCase() + plain.slice(1)
}

function walkInput(model: Model, name: string, value: unknown, path: string): readonly string[] {
  const found = model.shapes[name]
  if (found === undefined) return [`${path}: the model lacks ${name}`]
  if (found.type === 'list') {
    if (value === '') return []
    if (!isTree(value)) return [`${path} is no list`]
    return Object.entries(value).flatMap(([index, item]) =>
      /^\d+$/.test(index)
        ? walkInput(model, found.member?.shape ?? '', item, `${path}.${index}`)
        : [`${path}.${index} is no list member`],
    )
  }
  if (found.type !== 'structure') return scalarProblems(found, value, path)
  if (!isTree(value)) return [`${path} is no structure`]
  const members = Object.entries(found.members)
  const missing = members
    .filter(([key, it]) => found.required.includes(key) && value[formName(key, it)] === undefined)
    .map(([key]) => `${path} lacks ${key}`)
  const wrong = Object.entries(value).flatMap(([key, child]) => {
    const known = members.find(([memberName, it]) => formName(memberName, it) === key)
    return known === undefined
      ? [`${path}.${key} is unknown`]
      : walkInput(model, known[1].shape, child, `${path}.${key}`)
  })
  return [...missing, ...wrong]
}

function walkOutput(model: Model, name: string, value: unknown, path: string): readonly string[] {
  const found = model.shapes[name]
  if (found === undefined) return [`${path}: the model lacks ${name}`]
  if (found.type === 'list') {
    const children = value === '' ? {} : value
    if (!isTree(children)) return [`${path} is no list`]
    const { item = [], ...others } = children
    return [
      ...Object.keys(others).map((element) => `${path} has ${element} beside its items`),
      ...[item].flat().flatMap((one, index) => {
        return walkOutput(model, found.member?.shape ?? '', one, `${path}[${index}]`)
      }),
    ]
  }
  if (found.type !== 'structure') return scalarProblems(found, value, path)
  const children = value === '' ? {} : value
  if (!isTree(children)) return [`${path} is no structure`]
  return Object.entries(children).flatMap(([element, child]) => {
    const known = Object.entries(found.members).find(
      ([memberName, it]) => (it.locationName ?? memberName) === element,
    )
    return known === undefined
      ? [`${path}.${element} is unknown`]
      : walkOutput(model, known[1].shape, child, `${path}.${element}`)
  })
}

const patterns: Readonly<Record<string, RegExp>> = {
  boolean: /^(true|false)$/,
  integer: /^-?\d+$/,
  long: /^-?\d+$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  blob: /^[A-Za-z0-9+/]*={0,2}$/,
}

function scalarProblems(
  { type, enum: values }: Model['shapes'][string],
  value: unknown,
  path: string,
): readonly string[] {
  if (typeof value !== 'string') return [`${path} is no ${type}`]
  if (patterns[type]?.test(value) === false) return [`${path} is no ${type}: ${value}`]
  if (values !== undefined && value !== '' && !values.includes(value)) {
    return [`${path} cannot be ${value}`]
  }
  return []
}
