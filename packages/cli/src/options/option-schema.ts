import { isFailure, ProvisionError } from '@kontena/core'
import { type Command, Option } from 'commander'
import type { z } from 'zod'
import { parseFlags, type RawFlags } from './parse-flags.ts'
import { fieldsOf, type SchemaField, typedValue, variablesOf } from './schema-fields.ts'

/** Declares a flag for each field of the schema. Throws where the command has such a flag already. */
export function addSchemaOptions(command: Command, schema: z.ZodObject, heading: string): void {
  addFields(command, fieldsOf(schema), heading)
}

/** The same for a command with flags of which some mean what the schema's do. */
export function addFurtherOptions(command: Command, schema: z.ZodObject, heading: string): void {
  const taken = new Set(command.options.map(({ long }) => long))
  const further = fieldsOf(schema).filter(({ flag }) => !taken.has(flag))
  addFields(command, further, heading)
}

function addFields(command: Command, fields: readonly SchemaField[], heading: string): void {
  for (const field of fields) {
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
  const fields = fieldsOf(schema)
  const raw = Object.fromEntries(fields.map((field) => [field.key, typedValue(field, typed, env)]))
  try {
    return parseFlags(schema, raw, {
      secrets: new Set(fields.filter(({ meta }) => meta.secret).map(({ key }) => key)),
    })
  } catch (error) {
    const missing = fields.find((field) => field.isRequired && raw[field.key] === undefined)
    throw missing === undefined ? error : sayingHowToGive(missing, error)
  }
}

function sayingHowToGive(field: SchemaField, error: unknown): unknown {
  if (!isFailure(error, 'BAD_OPTIONS') || error.message !== `${field.flag} is missing`) return error
  const variables = variablesOf(field)
  const or = variables.length === 0 ? '' : `, or set ${variables.join(' or ')}`
  return new ProvisionError('BAD_OPTIONS', error.message, {
    cause: error,
    hint: `give ${field.flag} ${placeholderOf(field)}${or}`,
  })
}

function optionsOf(field: SchemaField): Option[] {
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

function descriptionOf({ kind, choices, defaultValue, meta }: SchemaField): string {
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

function placeholderOf({ kind, meta }: SchemaField): string {
  const text = meta.placeholder ?? (kind === 'number' ? 'n' : 'value')
  return text.replace(/[<>[\]]/g, '').toUpperCase()
}
