import type { Schema, Swagger } from './specs.ts'

/** What is wrong with a reply; undefined where no description has its path. */
export function swaggerProblems(
  descriptions: readonly Swagger[],
  call: { readonly method: string; readonly path: string; readonly status: number },
  body: unknown,
): readonly string[] | undefined {
  for (const description of descriptions) {
    const found = Object.entries(description.paths).find(([template]) =>
      pathPattern(template).test(call.path),
    )
    const responses = found?.[1][call.method.toLowerCase()]?.responses
    const schema = responses?.[String(call.status)]?.schema
    if (schema !== undefined)
      return walk(description, schema, { value: body, path: found?.[0] ?? '' })
  }
  return undefined
}

export function pathPattern(template: string): RegExp {
  const path = template.replace(/\{?\?.*$/, '')
  const pattern = path.replaceAll(/[.$()]/g, '\\$&').replaceAll(/\{[^}]+\}/g, '[^/]+')
  return new RegExp(`^${pattern}$`, 'i')
}

interface Place {
  readonly value: unknown
  readonly path: string
}

function walk(description: Swagger, schema: Schema, place: Place): readonly string[] {
  const { value, path } = place
  if (schema.$ref !== undefined) {
    const target = description.definitions[schema.$ref.replace('#/definitions/', '')]
    return target === undefined ? [`${path}: no ${schema.$ref}`] : walk(description, target, place)
  }
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return [`${path} is no array`]
    return value.flatMap((one, index) =>
      walk(description, schema.items ?? {}, { value: one, path: `${path}[${index}]` }),
    )
  }
  const { properties, required } = flatten(description, schema)
  if (Object.keys(properties).length > 0) {
    if (typeof value !== 'object' || value === null) return [`${path} is no object`]
    return [
      ...required.filter((name) => !(name in value)).map((name) => `${path} lacks ${name}`),
      ...Object.entries(value).flatMap(([name, child]) => {
        const known = properties[name]
        if (known === undefined) return [`${path}.${name} is unknown`]
        return walk(description, known, { value: child, path: `${path}.${name}` })
      }),
    ]
  }
  return scalarProblems(schema, place)
}

interface Flat {
  readonly properties: Readonly<Record<string, Schema>>
  readonly required: readonly string[]
}

function flatten(description: Swagger, schema: Schema): Flat {
  const parents = (schema.allOf ?? []).map((parent) => {
    const name = parent.$ref?.replace('#/definitions/', '') ?? ''
    return flatten(description, description.definitions[name] ?? parent)
  })
  return {
    properties: Object.assign(
      {},
      ...parents.map((parent) => parent.properties),
      schema.properties ?? {},
    ),
    required: [...parents.flatMap((parent) => parent.required), ...(schema.required ?? [])],
  }
}

function scalarProblems(schema: Schema, { value, path }: Place): readonly string[] {
  const types: Readonly<Record<string, string>> = {
    string: 'string',
    integer: 'number',
    boolean: 'boolean',
  }
  const wanted = types[schema.type ?? '']
  if (wanted !== undefined && typeof value !== wanted) return [`${path} is no ${schema.type}`]
  const isOpen = schema['x-ms-enum']?.modelAsString === true
  if (!isOpen && typeof value === 'string' && schema.enum?.includes(value) === false) {
    return [`${path} cannot be ${value}`]
  }
  return []
}
