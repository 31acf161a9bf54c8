/** What values at one place of a document look like. */
export interface Shape {
  /** `string`, `number`, `boolean`, `null`, `list`, `object` or `any`. */
  readonly types: Set<string>
  readonly keys: Map<string, Shape>
  /** Keys that all objects at this place have; undefined before the first. */
  required: Set<string> | undefined
  item: Shape | undefined
}

export function emptyShape(): Shape {
  return { types: new Set(), keys: new Map(), required: undefined, item: undefined }
}

/** Widens a shape so that a recorded value fits it. */
export function learn(shape: Shape, value: unknown): void {
  shape.types.add(typeOf(value))
  if (Array.isArray(value)) {
    shape.item ??= emptyShape()
    for (const one of value) learn(shape.item, one)
  } else if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value)
    shape.required = new Set(keys.filter((key) => shape.required?.has(key) ?? true))
    for (const [key, child] of Object.entries(value)) learn(childOf(shape, key), child)
  }
}

/** Widens a shape so that all that fits another fits it too. */
export function widen(shape: Shape, other: Shape): void {
  for (const type of other.types) shape.types.add(type)
  for (const [key, child] of other.keys) widen(childOf(shape, key), child)
  if (other.item === undefined) return
  shape.item ??= emptyShape()
  widen(shape.item, other.item)
}

export function childOf(shape: Shape, key: string): Shape {
  const known = shape.keys.get(key)
  if (known !== undefined) return known
  const made = emptyShape()
  shape.keys.set(key, made)
  return made
}

/** What is wrong with a value: what is missing, unknown, or of another type. */
export function shapeProblems(shape: Shape, value: unknown, path: string): readonly string[] {
  if (shape.types.has('any') || shape.types.size === 0) return []
  if (!shape.types.has(typeOf(value))) {
    return [`${path} is ${typeOf(value)}, not ${[...shape.types].join(' or ')}`]
  }
  if (Array.isArray(value)) {
    const { item } = shape
    if (item === undefined) return []
    return value.flatMap((one, index) => shapeProblems(item, one, `${path}[${index}]`))
  }
  if (typeof value !== 'object' || value === null) return []
  return [
    ...[...(shape.required ?? [])]
      .filter((key) => !(key in value))
      .map((key) => `${path} lacks ${key}`),
    ...Object.entries(value).flatMap(([key, child]) => {
      const known = shape.keys.get(key)
      if (known === undefined) return [`${path}.${key} is unknown`]
      return shapeProblems(known, child, `${path}.${key}`)
    }),
  ]
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}
