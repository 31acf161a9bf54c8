import { ProvisionError } from '@kontena/core'
import type { z } from 'zod'

/** Values of flags by their camelCase keys, as they were typed. */
export type RawFlags = Readonly<Record<string, unknown>>

export interface FlagNames {
  /** The flag of a key, as in `--vpc-id`; by default the key in kebab-case. */
  flagOf?: (key: string) => string
  /** Keys whose values never show. */
  secrets?: ReadonlySet<string>
}

/** Checks flags against their schema. Throws `BAD_OPTIONS` naming the first that is wrong. */
export function parseFlags<Schema extends z.ZodObject>(
  schema: Schema,
  flags: RawFlags,
  names: FlagNames = {},
): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue === undefined) throw new ProvisionError('BAD_OPTIONS', 'the flags do not go together')
  throw badFlag(issue, given, names)
}

/** `vpcId` as `--vpc-id`. */
export function flagOfKey(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function badFlag(issue: z.core.$ZodIssue, flags: RawFlags, names: FlagNames): ProvisionError {
  const key = String(issue.path[0] ?? '')
  const flag = (names.flagOf ?? flagOfKey)(key)
  const value = valueAt(flags[key], issue.path.slice(1))
  if (key === '') return new ProvisionError('BAD_OPTIONS', issue.message)
  if (value === undefined) return new ProvisionError('BAD_OPTIONS', `${flag} is missing`)
  const shown = names.secrets?.has(key) ? '' : ` ${value === '' ? '""' : String(value)}`
  return new ProvisionError('BAD_OPTIONS', `${flag}${shown}: ${describeIssue(issue)}`)
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  const [index, ...rest] = path
  if (index === undefined) return value
  return Array.isArray(value) && typeof index === 'number' ? valueAt(value[index], rest) : undefined
}

/** What is wrong with a value, in words about the value and not about the schema. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'must be a whole number' : `must be a ${issue.expected}`
    case 'too_small':
      return `must be ${lengthOf(issue.origin)}${issue.minimum} or more`
    case 'too_big':
      return `must be ${lengthOf(issue.origin)}${issue.maximum} or less`
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    default:
      return issue.message
  }
}

function lengthOf(origin: string): string {
  return origin === 'string' ? 'of length ' : ''
}
