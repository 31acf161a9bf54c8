import { z } from 'zod'

const fields = z.record(z.string(), z.unknown())
const list = z.array(z.unknown())

/** How deep `..` looks. What answers is somebody else's server. */
const deepest = 16

/**
 * The first value at a JSON path that can stand for a text, or undefined. Of JSONPath (RFC 9535) it knows
 * names, indexes and `..`, as in `$.user.id`, `$.emails[0].value`, `$['user-name']` and `$..email`.
 */
export function textAt(value: unknown, path: string): string | undefined {
  for (const found of walk([value], path.replace(/^\$/, ''))) {
    if (typeof found === 'string' && found !== '') return found
    if (typeof found === 'number') return String(found)
  }
  return undefined
}

const step = /^(\.\.|\.)?(?:([^.[\]'"]+)|\[(?:'([^']*)'|"([^"]*)"|(\d+))\])/

function walk(values: readonly unknown[], path: string): readonly unknown[] {
  if (path === '') return values
  const match = step.exec(path)
  if (match === null) return []
  const [text, dots, name, quoted, doubleQuoted, index] = match
  const from = dots === '..' ? values.flatMap((value) => withInner(value, deepest)) : values
  const key = name ?? quoted ?? doubleQuoted ?? index ?? ''
  return walk(
    from.flatMap((value) => childOf(value, key)),
    path.slice(text.length),
  )
}

function childOf(value: unknown, key: string): unknown[] {
  const items = list.safeParse(value)
  if (items.success) return /^\d+$/.test(key) ? items.data.slice(Number(key), Number(key) + 1) : []
  const object = fields.safeParse(value)
  return object.success && Object.hasOwn(object.data, key) ? [object.data[key]] : []
}

/** The value, then what is in it. */
function withInner(value: unknown, depth: number): unknown[] {
  if (depth === 0 || typeof value !== 'object' || value === null) return [value]
  return [value, ...Object.values(value).flatMap((inner) => withInner(inner, depth - 1))]
}
