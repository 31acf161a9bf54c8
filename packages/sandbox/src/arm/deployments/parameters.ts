import type { Json } from '../resources.ts'
import { invalidTemplate, type Value } from './expression.ts'
import type { Template, TemplateParameter } from './template.ts'

/** Azure writes the types of parameters in these words when it shows a deployment. */
const shownTypes: Readonly<Record<TemplateParameter['type'], string>> = {
  string: 'String',
  securestring: 'SecureString',
  int: 'Int',
  bool: 'Bool',
  object: 'Object',
  secureobject: 'SecureObject',
  array: 'Array',
}

export type GivenParameters = Readonly<Record<string, { readonly value: unknown }>>

/**
 * The value of each parameter: what was given, else its default.
 *
 * @param evaluate for defaults, which may be expressions
 * @throws ArmError
 */
export function readParameters(
  { parameters }: Template,
  given: GivenParameters,
  evaluate: (value: Value) => Value,
): ReadonlyMap<string, Value> {
  const undeclared = Object.keys(given).filter((name) => findName(parameters, name) === undefined)
  if (undeclared.length > 0) {
    throw invalidTemplate(
      `The template parameters '${undeclared.join(', ')}' in the parameters file are not valid; they are not present ` +
        'in the original template and can therefore not be provided at deployment time',
    )
  }
  return new Map(
    Object.entries(parameters).map(([name, declared]) => {
      const key = findName(given, name)
      const value = key === undefined ? evaluate(declared.defaultValue) : given[key]?.value
      check(name, declared, value)
      return [name.toLowerCase(), value]
    }),
  )
}

function findName(names: Readonly<Record<string, unknown>>, name: string): string | undefined {
  return Object.keys(names).find((one) => one.toLowerCase() === name.toLowerCase())
}

function check(name: string, declared: TemplateParameter, value: Value): void {
  if (value === undefined) {
    throw invalidTemplate(
      `The value for the template parameter '${name}' is not provided. Please see ` +
        'https://aka.ms/arm-create-parameter-file for usage details',
    )
  }
  if (!isOfType(declared.type, value)) {
    throw invalidTemplate(
      `The provided value for the template parameter '${name}' is not valid. Expected a value of type ` +
        `'${shownTypes[declared.type]}'`,
    )
  }
  const { allowedValues, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = declared
  const length = typeof value === 'string' || Array.isArray(value) ? value.length : undefined
  const { minValue = Number.NEGATIVE_INFINITY, maxValue = Number.POSITIVE_INFINITY } = declared
  const isOutside =
    (length !== undefined && (length < minLength || length > maxLength)) ||
    (typeof value === 'number' && (value < minValue || value > maxValue)) ||
    allowedValues?.includes(value) === false
  if (!isOutside) return
  throw invalidTemplate(
    `The provided value for the template parameter '${name}' is not within its bounds`,
  )
}

function isOfType(type: TemplateParameter['type'], value: Value): boolean {
  switch (type) {
    case 'string':
    case 'securestring':
      return typeof value === 'string'
    case 'int':
      return Number.isInteger(value)
    case 'bool':
      return typeof value === 'boolean'
    case 'array':
      return Array.isArray(value)
    default:
      return typeof value === 'object' && value !== null && !Array.isArray(value)
  }
}

/** As a deployment shows them afterwards. */
export function showParameters(template: Template, values: ReadonlyMap<string, Value>): Json {
  return Object.fromEntries(
    Object.entries(template.parameters).map(([name, { type }]) => [
      name,
      type.startsWith('secure')
        ? { type: shownTypes[type] }
        : { type: shownTypes[type], value: values.get(name.toLowerCase()) },
    ]),
  )
}
