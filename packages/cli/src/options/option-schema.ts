import type { OptionMeta } from '@kontena/core'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { given } from './given.ts'
import { flagOfKey, parseFlags, type RawFlags } from './parse-flags.ts'

/** What the command line needs to know of one field of a provider's option schema. */
interface SchemaFlag {
  readonly key: string
  readonly flag: string
  readonly kind: 'boolean' | 'number' | 'list' | 'text'
  readonly choices: readonly string[] | undefined
  readonly defaultValue: unknown
  readonly meta: OptionMeta
}

const optionMeta = z.object({
  description: z.string().default(''),
  env: z.union([z.string(), z.array(z.string())]).optional(),
  ask: z.boolean().optional(),
  placeholder: z.string().optional(),
  secret: z.boolean().optional(),
})

/** Declares a flag for each field of the schema. */
export function addSchemaOptions(command: Command, schema: z.ZodObject, heading: string): void {
  for (const field of flagsOf(schema)) {
    for (const option of optionsOf(field)) command.addOption(option.helpGroup(heading))
  }
}

/**
 * Takes the schema's fields out of what was typed, else out of the environment, and checks them.
 * Throws `BAD_OPTIONS` naming the flag.
 */
export function parseSchemaOptions<Schema extends z.ZodObject>(
  schema: Schema,
  typed: RawFlags,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<Schema> {
  const fields = flagsOf(schema)
  const raw = fields.map((field) => [field.key, typedValue(field, typed, env)] as const)
  return parseFlags(schema, Object.fromEntries(raw), {
    secrets: new Set(fields.filter(({ meta }) => meta.secret).map(({ key }) => key)),
  })
}

function flagsOf(schema: z.ZodObject): SchemaFlag[] {
  return Object.entries(schema.shape).map(([key, field]) => {
    const { core, meta, defaultValue } = unwrap(field)
    return {
      key,
      flag: flagOfKey(key),
      kind: kindOf(core),
      choices: core instanceof z.ZodEnum ? core.options.map(String) : undefined,
      defaultValue: meta.secret ? undefined : defaultValue,
      meta,
    }
  })
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

function kindOf(field: z.core.$ZodType): SchemaFlag['kind'] {
  if (field instanceof z.ZodBoolean) return 'boolean'
  if (field instanceof z.ZodNumber) return 'number'
  return field instanceof z.ZodArray ? 'list' : 'text'
}

function optionsOf(field: SchemaFlag): Option[] {
  const description = descriptionOf(field)
  if (field.kind !== 'boolean') {
    const option = new Option(`${field.flag} <${placeholderOf(field)}>`, description)
    return [
      field.kind === 'list'
        ? option.argParser((value: string, all: string[] | undefined) => [...(all ?? []), value])
        : option,
    ]
  }
  const off = new Option(field.flag.replace(/^--/, '--no-'), description)
  const on = new Option(field.flag, description)
  // One of the two says nothing new; both are understood, as `--[no-]flag` was.
  return field.defaultValue === true ? [on.hideHelp(), off] : [on, off.hideHelp()]
}

function descriptionOf({ kind, choices, defaultValue, meta }: SchemaFlag): string {
  const notes = [
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(meta.env === undefined ? [] : [`env ${[meta.env].flat().join(', ')}`]),
    ...(defaultValue === undefined || kind === 'boolean'
      ? []
      : [`default: ${String(defaultValue)}`]),
    ...(kind === 'boolean' && defaultValue === true ? ['default: on'] : []),
    ...(kind === 'list' ? ['repeatable'] : []),
  ]
  return notes.length === 0 ? meta.description : `${meta.description} (${notes.join('; ')})`
}

function placeholderOf({ kind, meta }: SchemaFlag): string {
  const text = meta.placeholder ?? (kind === 'number' ? 'n' : 'value')
  return text.replace(/[<>[\]]/g, '').toUpperCase()
}

function typedValue(
  field: SchemaFlag,
  typed: RawFlags,
  env: Readonly<Record<string, string | undefined>>,
): unknown {
  const value = typed[field.key] ?? fromEnvironment(field, env)
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

function fromEnvironment(
  { meta }: SchemaFlag,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return [meta.env ?? []]
    .flat()
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
