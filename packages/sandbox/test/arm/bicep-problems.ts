import type { BicepType, BicepTypes } from './specs.ts'

/** What a property may be used for, as bits. */
const flags = { required: 1, readOnly: 2, writeOnly: 4, deployTime: 8 } as const

export type Direction = 'request' | 'reply'

/** What is wrong with the body of a resource of this type; undefined where nothing describes it. */
export function bicepProblems(
  sets: readonly BicepTypes[],
  resourceType: string,
  { body, direction }: { readonly body: unknown; readonly direction: Direction },
): readonly string[] | undefined {
  for (const types of sets) {
    const found = Object.values(types).find(
      ({ $type, name = '' }) =>
        $type === 'ResourceType' &&
        name.split('@')[0]?.toLowerCase() === resourceType.toLowerCase(),
    )
    if (found?.body === undefined) continue
    return walk(types, found.body.$ref, { value: body, path: resourceType, direction })
  }
  return undefined
}

interface Place {
  readonly value: unknown
  readonly path: string
  readonly direction: Direction
}

const scalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  AnyType: () => true,
  BooleanType: (value) => typeof value === 'boolean',
  IntegerType: (value) => Number.isInteger(value),
  StringType: (value) => typeof value === 'string',
}

function walk(types: BicepTypes, ref: string, place: Place): readonly string[] {
  const { value, path } = place
  const type = types[ref.slice(2)]
  if (type === undefined) return [`${path}: the types lack ${ref}`]
  switch (type.$type) {
    case 'ObjectType':
      return walkObject(types, type, place)
    case 'ArrayType':
      if (!Array.isArray(value)) return [`${path} is no array`]
      return value.flatMap((one, index) =>
        walk(types, type.itemType?.$ref ?? '', { ...place, value: one, path: `${path}[${index}]` }),
      )
    case 'StringLiteralType':
      return type.value === value ? [] : [`${path} cannot be ${String(value)}`]
    case 'UnionType': {
      const fits = (type.elements ?? []).some(({ $ref }) => walk(types, $ref, place).length === 0)
      return fits ? [] : [`${path} cannot be ${JSON.stringify(value)}`]
    }
    default:
      return scalars[type.$type]?.(value) === true ? [] : [`${path} is no ${type.$type}`]
  }
}

function walkObject(types: BicepTypes, type: BicepType, place: Place): readonly string[] {
  const { value, path, direction } = place
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${path} is no object`]
  }
  const properties = Object.entries(type.properties ?? {})
  const missing = properties
    .filter(
      ([name, { flags: bits }]) =>
        (bits & flags.required) !== 0 &&
        (bits & flags.deployTime) === 0 &&
        !(direction === 'request' && (bits & flags.readOnly) !== 0) &&
        Reflect.get(value, name) === undefined,
    )
    .map(([name]) => `${path} lacks ${name}`)
  const wrong = Object.entries(value).flatMap(([name, child]) => {
    const known = type.properties?.[name]
    const at = { value: child, path: `${path}.${name}`, direction }
    if (known === undefined) {
      if (type.additionalProperties === undefined) return [`${path}.${name} is unknown`]
      return walk(types, type.additionalProperties.$ref, at)
    }
    if (direction === 'reply' && (known.flags & flags.writeOnly) !== 0) {
      return [`${path}.${name} is never shown`]
    }
    return walk(types, known.type.$ref, at)
  })
  return [...missing, ...wrong]
}
