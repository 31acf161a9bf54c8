import { z } from 'zod'
import { Ec2Error, invalidValue } from './errors.ts'

/**
 * A list, whose members are numbered on the wire. The numbers give the order and may have gaps; an
 * empty list is an empty text.
 */
export function list<Item extends z.ZodType>(item: Item) {
  const numbered = z.record(z.string().regex(/^\d+$/), item).transform((members) =>
    Object.entries(members)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, member]) => member),
  )
  return z
    .preprocess((value) => (value === '' ? {} : value), numbered.optional())
    .transform((members) => members ?? [])
}

export const text = z.string()
export const boolean = z.enum(['true', 'false']).transform((value) => value === 'true')
export const integer = z
  .string()
  .regex(/^-?\d{1,10}$/, 'is not a number')
  .transform(Number)

const tag = z.strictObject({ Key: text, Value: text.default('') })
export const tagList = list(tag)
export type Tag = z.output<typeof tag>

/** In every call. */
export const dryRun = { DryRun: boolean.default(false) }

export const filters = list(z.strictObject({ Name: text, Value: list(text) }))
export type Filter = z.output<typeof filters>[number]

/** In every call that lists things page by page. */
export const paged = {
  ...dryRun,
  Filter: filters,
  MaxResults: integer.optional(),
  NextToken: text.optional(),
}

export const tagSpecifications = list(z.strictObject({ ResourceType: text, Tag: tagList }))
export type TagSpecification = z.output<typeof tagSpecifications>[number]

/**
 * Checks the parameters of one call, which EC2 does strictly: what it does not know it refuses.
 *
 * @throws Ec2Error as EC2 says it
 */
export function parseInput<Input>(schema: z.ZodType<Input>, parameters: unknown): Input {
  const parsed = schema.safeParse(parameters)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const name = (issue?.path ?? []).join('.')
  if (issue?.code === 'unrecognized_keys') {
    const unknown = [...(issue.path ?? []), issue.keys[0] ?? ''].join('.')
    throw new Ec2Error('UnknownParameter', `The parameter ${unknown} is not recognized`)
  }
  if (
    issue?.code === 'invalid_type' &&
    issue.input === undefined &&
    isMissing(parameters, issue.path)
  ) {
    throw new Ec2Error('MissingParameter', `The request must contain the parameter ${name}`)
  }
  throw invalidValue(`Value for parameter ${name} is invalid. ${issue?.message ?? ''}`.trim())
}

function isMissing(parameters: unknown, path: readonly PropertyKey[]): boolean {
  let at: unknown = parameters
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return true
    at = Reflect.get(at, step)
  }
  return at === undefined
}
