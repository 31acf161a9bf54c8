import { z } from 'zod'

/** A body in the types of its schema, and where it has fields that the schema does not know. */
export interface BodyValues {
  readonly value: unknown
  readonly unknown: readonly PropertyKey[][]
}

/**
 * Reads what 1.5 clients send as what is meant: text is trimmed and its control characters become
 * blanks, numbers and booleans stand for text, `"3"` for an integer, `"true"` or `1` for a boolean, and
 * null for an optional field that is absent. What means nothing stays for the schema to complain of.
 */
export function bodyValues(schema: z.core.$ZodType, body: unknown): BodyValues {
  const unknown: PropertyKey[][] = []
  return { value: read(schema, body, { path: [], unknown }), unknown }
}

interface Place {
  readonly path: readonly PropertyKey[]
  /** Collects the paths of fields that no schema names. */
  readonly unknown: PropertyKey[][]
}

function read(schema: z.core.$ZodType, value: unknown, place: Place): unknown {
  const { core } = unwrap(schema)
  if (core instanceof z.ZodObject) return readFields(core, value, place)
  if (core instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item, index) => read(core.element, item, inside(place, index)))
  }
  if (core instanceof z.ZodRecord && isHash(value)) {
    const entries = Object.entries(value)
    return fromEntries(
      entries.map(([key, item]) => [key, read(core.valueType, item, inside(place, key))]),
    )
  }
  return readScalar(core, value)
}

function readFields(schema: z.ZodObject, value: unknown, place: Place): unknown {
  if (!isHash(value)) return value
  const fields = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    const field = Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined
    if (field === undefined) {
      if (schema.def.catchall === undefined) place.unknown.push([...place.path, key])
      return [[key, item]]
    }
    if (item === null && isAbsent(field)) return []
    return [[key, read(field, item, inside(place, key))]]
  })
  return fromEntries(fields)
}

/** Whether null means that the field was left out. */
function isAbsent(field: z.core.$ZodType): boolean {
  const { isOptional, isNullable } = unwrap(field)
  return isOptional && !isNullable
}

function readScalar(schema: z.core.$ZodType, value: unknown): unknown {
  switch (schema._zod.def.type) {
    case 'string':
    case 'enum':
      return typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : trimmed(value)
    case 'number':
      return typeof value === 'string' && /^\s*-?\d{1,15}\s*$/.test(value) ? Number(value) : value
    case 'boolean':
      return booleans.get(value) ?? value
    default:
      return value
  }
}

const booleans: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ['true', true],
  ['1', true],
  [1, true],
  ['false', false],
  ['0', false],
  [0, false],
])

function trimmed(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\p{Cc}/gu, ' ').trim() : value
}

/** The type inside `optional`, `default` and the like, and what those layers let through. */
function unwrap(schema: z.core.$ZodType): {
  core: z.core.$ZodType
  isOptional: boolean
  isNullable: boolean
} {
  let core = schema
  let isOptional = false
  let isNullable = false
  for (;;) {
    if (core instanceof z.ZodPipe) core = core.def.in
    else if (core instanceof z.ZodReadonly) core = core.def.innerType
    else if (core instanceof z.ZodNullable) {
      isNullable = true
      core = core.def.innerType
    } else if (isOptionalLayer(core)) {
      isOptional = true
      core = core.def.innerType
    } else {
      return { core, isOptional, isNullable: isNullable || core instanceof z.ZodUnknown }
    }
  }
}

function isOptionalLayer(
  schema: z.core.$ZodType,
): schema is z.ZodOptional | z.ZodDefault | z.ZodPrefault {
  return (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  )
}

function inside(place: Place, key: PropertyKey): Place {
  return { ...place, path: [...place.path, key] }
}

function isHash(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As own properties, `__proto__` too: what a client sends never becomes a prototype. */
function fromEntries(entries: readonly [string, unknown][]): Record<string, unknown> {
  return Object.fromEntries(entries)
}
