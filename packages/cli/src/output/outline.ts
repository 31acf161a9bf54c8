import { printable } from './printable.ts'

/** Facts by name, as `show` commands print them. Undefined ones and empty lists are left out. */
export interface Outline {
  readonly [name: string]: string | readonly string[] | Outline | undefined
}

/** Indented `name: value` lines, lists with dashes: YAML to the eye, as in 1.5. */
export function outlineLines(outline: Outline, indent = ''): string[] {
  return Object.entries(outline).flatMap(([name, value]) => {
    const key = `${indent}${printable(name)}:`
    if (value === undefined) return []
    if (typeof value === 'string') return [`${key} ${printable(value)}`.trimEnd()]
    if (isList(value)) {
      const items = value.map((item) => `${indent}  - ${printable(item)}`)
      return items.length === 0 ? [] : [key, ...items]
    }
    return [key, ...outlineLines(value, `${indent}  `)]
  })
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: readonly string[] | Outline): value is readonly string[] {
  return Array.isArray(value)
}
