import type { OptionMeta } from '@kontena/core'
import { z } from 'zod'
import { given } from './given.ts'
import { flagOfKey, type RawFlags } from './parse-flags.ts'

/** What the command line needs to know of one field of a provider's option schema. */
export interface SchemaField {
  readonly key: string
  readonly flag: string
  readonly kind: 'boolean' | 'number' | 'list' | 'text'
  readonly choices: readonly string[] | undefined
  /** What a command does without it; undefined also for secrets, which never show. */
  readonly defaultValue: unknown
  /** Nothing goes without it. */
  readonly isRequired: boolean
  readonly meta: OptionMeta
  /** Checks a value by itself. */
  readonly schema: z.core.$ZodType
}

type Environment = Readonly<Record<string, string | undefined>>

const optionMeta = z.object({
  description: z.string().default(''),
  env: z.union([z.string(), z.array(z.string())]).optional(),
  ask: z.boolean().optional(),
  placeholder: z.string().optional(),
  secret: z.boolean().optional(),
})

/** The fields of a schema, in its order. */
export function fieldsOf(schema: z.ZodObject): SchemaField[] {
  return Object.entries(schema.shape).map(([key, field]) => {
    const { core, meta, defaultValue } = unwrap(field)
    return {
      key,
      flag: flagOfKey(key),
      kind: kindOf(core),
      choices: core instanceof z.ZodEnum ? core.options.map(String) : undefined,
      defaultValue: meta.secret ? undefined : defaultValue,
      isRequired: !z.safeParse(field, undefined).success,
      meta,
      schema: field,
    }
  })
}

/** The value of a field as it was typed, else as the environment has it, in the field's type. */
export function typedValue(field: SchemaField, typed: RawFlags, env: Environment): unknown {
  return convert(field, typed[field.key] ?? fromEnvironment(field, env))
}

/** Text as the field's type; text that is none of that type stays, for the schema to complain of. */
export function convert(field: SchemaField, value: unknown): unknown {
  if (typeof value !== 'string') return value
  switch (field.kind) {
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
    case 'boolean':
      return booleanWords[value.toLowerCase()] ?? value
    case 'list':
      return value.split(',')
    case 'text':
      return value
  }
}

/** Names of the variables that a field is read from; the first that is set counts. */
export function variablesOf({ meta }: SchemaField): readonly string[] {
  return [meta.env ?? []].flat()
}

/** The type inside `optional`, `default` and the like, with what those layers say about it. */
function unwrap(field: z.core.$ZodType): {
  core: z.core.$ZodType
  meta: OptionMeta
  defaultValue: unknown
} {
  let core = field
  let meta: unknown = z.globalRegistry.get(core)
  let defaultValue: unknown
  for (let inner = innerOf(core); inner !== undefined; inner = innerOf(core)) {
    if (core instanceof z.ZodDefault) defaultValue ??= core.def.defaultValue
    core = inner
    meta ??= z.globalRegistry.get(core)
  }
  return { core, meta: optionMeta.parse(meta ?? {}), defaultValue }
}

function innerOf(field: z.core.$ZodType): z.core.$ZodType | undefined {
  if (field instanceof z.ZodPipe) return field.def.in
  const wraps =
    field instanceof z.ZodDefault ||
    field instanceof z.ZodPrefault ||
    field instanceof z.ZodOptional ||
    field instanceof z.ZodNullable ||
    field instanceof z.ZodReadonly
  return wraps ? field.def.innerType : undefined
}

function kindOf(field: z.core.$ZodType): SchemaField['kind'] {
  if (field instanceof z.ZodBoolean) return 'boolean'
  if (field instanceof z.ZodNumber) return 'number'
  return field instanceof z.ZodArray ? 'list' : 'text'
}

function fromEnvironment(field: SchemaField, env: Environment): string | undefined {
  return variablesOf(field)
    .map((name) => given(env[name]))
    .find((value) => value !== undefined)
}

const booleanWords: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
}
