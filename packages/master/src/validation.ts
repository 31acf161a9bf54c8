import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { invalid } from './refusal.ts'

type Messages = string | (Messages | null)[] | { [field: string]: Messages }

/**
 * Checks a request's body. An absent body is an empty object, and a field that is null counts as
 * absent, as in the 1.5 API. Throws the 422 that names each bad field.
 */
export function parseBody<T>(schema: z.ZodType<T>, { body }: Pick<FastifyRequest, 'body'>): T {
  const result = schema.safeParse(withoutNulls(body ?? {}))
  if (result.success) return result.data
  throw invalid(describe(result.error))
}

function withoutNulls(body: unknown): unknown {
  const fields = z.record(z.string(), z.unknown()).safeParse(body)
  if (!fields.success) return body
  return Object.fromEntries(Object.entries(fields.data).filter(([, value]) => value !== null))
}

/** Lists keep the places of their elements, so that each message costs the length of its list. */
const mostMessages = 20

function describe(error: z.ZodError): Record<string, Messages> {
  const fields: Record<string, Messages> = {}
  for (const issue of error.issues.slice(0, mostMessages)) {
    const [field = 'body', ...rest] = issue.path
    const last = issue.path.findLast((part) => typeof part === 'string') ?? 'body'
    const message = `${titleized(String(last))} ${explain(issue)}`
    fields[String(field)] = place(fields[String(field)], rest, message)
  }
  return fields
}

/** Puts a message where the value stood: lists keep their positions, with null for good elements. */
function place(into: Messages | undefined, path: PropertyKey[], message: string): Messages {
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
  return { ...fields, [String(part)]: place(fields[String(part)], rest, message) }
}

/** `initial_size` becomes `Initial Size`. */
function titleized(field: string): string {
  return field.replace(/(^|_)([a-z])/g, (_, gap: string, letter: string) => {
    return (gap === '' ? '' : ' ') + letter.toUpperCase()
  })
}

const expectations: Readonly<Record<string, string>> = {
  string: "isn't a string",
  number: "isn't an integer",
  int: "isn't an integer",
  boolean: "isn't a boolean",
  object: "isn't a hash",
  array: "isn't an array",
}

function explain(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && issue.message.endsWith('undefined')
        ? 'is required'
        : (expectations[issue.expected] ?? issue.message)
    case 'invalid_value':
      return "isn't an option"
    case 'too_small':
      return ours(issue.message) ?? (issue.origin === 'number' ? 'is too small' : 'is too short')
    case 'too_big':
      return ours(issue.message) ?? (issue.origin === 'number' ? 'is too big' : 'is too long')
    default:
      return ours(issue.message) ?? "isn't in the right format"
  }
}

/** Messages of the protocol's schemas begin with a verb; zod's own do not. */
function ours(message: string): string | undefined {
  return /^(is|isn't|must|can't) /.test(message) ? message : undefined
}
