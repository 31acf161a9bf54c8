import { invalidValue } from './errors.ts'
import type { Filter } from './fields.ts'

type FieldValue = string | number | boolean | undefined

/** What a resource can be filtered by: EC2's filter name to the resource's value or values. */
export type FilterFields<Resource> = Readonly<
  Record<string, (resource: Resource) => FieldValue | readonly FieldValue[]>
>

/** EC2 allows this many values in one filter. */
const mostValues = 200

/**
 * A predicate for a call's filters: each must fit, by any of its values. `*` and `?` are wildcards
 * unless a backslash comes before them.
 *
 * @param tags gives the filters `tag:<key>` and `tag-key` to resources that have tags
 * @throws Ec2Error for a filter that these resources do not know
 */
export function matching<Resource>(
  filters: readonly Filter[],
  fields: FilterFields<Resource>,
  tags?: (resource: Resource) => ReadonlyMap<string, string>,
): (resource: Resource) => boolean {
  const tests = filters.map(({ Name: name, Value: values }) => {
    if (values.length > mostValues) {
      throw invalidValue(
        `The maximum number of filter values specified on a single call is ${mostValues}`,
      )
    }
    const read = reader(name, fields, tags)
    const patterns = values.map(wildcards)
    return (resource: Resource) =>
      read(resource).some((value) => patterns.some((fits) => fits(String(value))))
  })
  return (resource) => tests.every((test) => test(resource))
}

function reader<Resource>(
  name: string,
  fields: FilterFields<Resource>,
  tags?: (resource: Resource) => ReadonlyMap<string, string>,
): (resource: Resource) => readonly FieldValue[] {
  if (tags !== undefined && name === 'tag-key') return (resource) => [...tags(resource).keys()]
  if (tags !== undefined && name.startsWith('tag:')) {
    return (resource) => present(tags(resource).get(name.slice('tag:'.length)))
  }
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field === undefined) throw invalidValue(`The filter '${name}' is invalid`)
  return (resource) => present(field(resource))
}

function present(value: FieldValue | readonly FieldValue[]): readonly FieldValue[] {
  return [value].flat().filter((one) => one !== undefined)
}

function wildcards(pattern: string): (value: string) => boolean {
  if (!/[*?\\]/.test(pattern)) return (value) => value === pattern
  const source = pattern.replace(/\\([*?\\])|[\s\S]/g, (part, escaped: string | undefined) => {
    if (escaped !== undefined) return `\\${escaped}`
    if (part === '*') return '[\\s\\S]*'
    if (part === '?') return '[\\s\\S]'
    return part.replace(/[.+^${}()|[\]\\]/, '\\$&')
  })
  const expression = new RegExp(`^${source}$`, 'u')
  return (value) => expression.test(value)
}
