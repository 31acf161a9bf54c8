import { z } from 'zod'
import { badRequest } from '../refusals.ts'

/** Numbers come as numbers or as text. */
export const number = z.union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)])
export const yesNo = z.enum(['yes', 'no'])

/** Labels of servers are wrapped twice, those of networks and storages once. */
const label = z.strictObject({ key: z.string(), value: z.string() })
export const labelList = z.array(label)
export const labels = z.strictObject({ label: z.array(label) })

/**
 * Reads a body as this API does: attributes that it does not know are refused by name, and for each that
 * is missing or wrong there is a code.
 *
 * @param named codes by attribute where the one of its own name is not used, as for titles of servers
 */
export function readBody<Input>(
  schema: z.ZodType<Input>,
  body: unknown,
  named: Readonly<Record<string, string>> = {},
): Input {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = firstIssue(parsed.error.issues)
  if (issue?.code === 'unrecognized_keys') {
    throw badRequest('UNKNOWN_ATTRIBUTE', `The attribute ${issue.keys[0]} is not recognized.`)
  }
  const attribute = issue?.path.filter((part) => typeof part === 'string').at(-1)
  if (issue === undefined || attribute === undefined || issue.path.length < 2) {
    throw badRequest('REQUEST_INVALID', 'The request body is invalid.')
  }
  const name = String(attribute)
  const code = named[name] ?? name.toUpperCase()
  if (isAbsent(body, issue.path)) {
    throw badRequest(
      `${code}_MISSING`,
      `The required attribute ${name} is missing from the request.`,
    )
  }
  throw badRequest(`${code}_INVALID`, `The attribute ${name} has an invalid value.`)
}

/** An attribute that the API does not know comes before all else. */
function firstIssue(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  return issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
}

function isAbsent(body: unknown, path: readonly PropertyKey[]): boolean {
  let value = body
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return true
    value = Reflect.get(value, part)
  }
  return value === undefined
}
