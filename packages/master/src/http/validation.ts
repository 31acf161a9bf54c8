import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { bodyValues } from './body-values.ts'
import { invalid } from './refusal.ts'

type Messages = string | (Messages | null)[] | { [field: string]: Messages }

type Sent = Pick<FastifyRequest, 'body' | 'headers'>

/**
 * Checks a request's body. An absent body is an empty object, and values are read as 1.5 read them (see
 * {@link bodyValues}). Fields that the schema does not know are ignored, but for clients of ours, whose
 * typing errors they are. Throws the 422 that names each bad field.
 */
export function parseBody<T>(schema: z.ZodType<T>, request: Sent): T {
  const { value, unknown } = bodyValues(schema, request.body ?? {})
  const isOurs = request.headers['kontena-client'] !== undefined
  return check(schema, value, isOurs ? unknown : [])
}

/** The same for what no 1.5 client sends, where nothing stands for anything else. */
export function parseExactBody<T>(schema: z.ZodType<T>, { body }: Pick<Sent, 'body'>): T {
  return check(schema, body ?? {}, [])
}

/** The same for what stands behind the question mark of an address, which is text all of it. */
export function parseQuery<T>(schema: z.ZodType<T>, { query }: { readonly query: unknown }): T {
  return check(schema, bodyValues(schema, query).value, [])
}

function check<T>(schema: z.ZodType<T>, value: unknown, unknown: readonly PropertyKey[][]): T {
  const result = schema.safeParse(value)
  if (result.success && unknown.length === 0) return result.data
  throw invalid(
    describe([
      ...(result.error?.issues ?? []).map((issue) => ({
        path: issue.path,
        text: explain(issue, value),
      })),
      ...unknown.map((path) => ({ path, text: "isn't a known field" })),
    ]),
  )
}

interface Problem {
  readonly path: readonly PropertyKey[]
  readonly text: string
}

/** Lists keep the places of their elements, so that each message costs the length of its list. */
const mostMessages = 20

function describe(problems: readonly Problem[]): Record<string, Messages> {
  const fields = new Map<string, Messages>()
  for (const { path, text } of problems.slice(0, mostMessages)) {
    const [field = 'body', ...rest] = path
    const last = path.findLast((part) => typeof part === 'string') ?? 'body'
    const message = `${titleized(nameOf(last))} ${text}`
    fields.set(nameOf(field), place(fields.get(nameOf(field)), rest, message))
  }
  return Object.fromEntries(fields)
}

/** Puts a message where the value stood: lists keep their positions, with null for good elements. */
function place(
  into: Messages | undefined,
  path: readonly PropertyKey[],
  message: string,
): Messages {
  const [part, ...rest] = path
  if (part === undefined) return into ?? message
  if (typeof part === 'number') {
    const list = Array.isArray(into) ? into : []
    const length = Math.max(list.length, part + 1)
    const known = list[part] ?? undefined
    return Array.from({ length }, (_, index) =>
      index === part ? place(known, rest, message) : (list[index] ?? null),
    )
  }
  const fields = typeof into === 'object' && !Array.isArray(into) ? into : {}
  const name = nameOf(part)
  const known = Object.hasOwn(fields, name) ? fields[name] : undefined
  return { ...fields, [name]: place(known, rest, message) }
}

/** Names that a client made up may be of any length. */
function nameOf(part: PropertyKey): string {
  return String(part).slice(0, 64)
}

/** `initial_size` becomes `Initial Size`. */
function titleized(field: string): string {
  const words = field.split('_').filter((word) => word !== '')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ')
}

const expectations: Readonly<Record<string, string>> = {
  string: "isn't a string",
  number: "isn't an integer",
  int: "isn't an integer",
  boolean: "isn't a boolean",
  object: "isn't a hash",
  record: "isn't a hash",
  array: "isn't an array",
}

/** Messages are about what was given: that of a schema says less where nothing was. */
function explain(issue: z.core.$ZodIssue, body: unknown): string {
  const given = issue.path.reduce(valueIn, body)
  if (given === undefined) return 'is required'
  if (given === null) return "can't be nil"
  const told = ours(issue.message)
  return given === '' && !told?.startsWith('must ')
    ? "can't be blank"
    : (told ?? explainCode(issue))
}

function valueIn(value: unknown, part: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
  return Object.getOwnPropertyDescriptor(value, part)?.value
}

function explainCode(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return expectations[issue.expected] ?? "isn't in the right format"
    case 'invalid_value':
      return "isn't an option"
    case 'too_small':
      return isNumber(issue) ? 'is too small' : 'is too short'
    case 'too_big':
      return isNumber(issue) ? 'is too big' : 'is too long'
    default:
      return "isn't in the right format"
  }
}

function isNumber({ origin }: { origin: string }): boolean {
  return origin === 'number' || origin === 'int'
}

/** Messages of the protocol's schemas begin with a verb; zod's own do not. */
function ours(message: string): string | undefined {
  return /^(is|isn't|must|can't) /.test(message) ? message : undefined
}
