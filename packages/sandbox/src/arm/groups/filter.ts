import type { Tags } from '../resources.ts'
import { badRequest } from '../wire/errors.ts'

export interface Filter {
  /** In lower case. */
  readonly values: ReadonlyMap<string, string>
  fitsTags(tags: Tags): boolean
}

/** Reads `$filter`: comparisons with `eq`, joined by `and`. Throws ArmError for others. */
export function parseFilter(text: string | null, allowed: readonly string[]): Filter {
  const values = new Map<string, string>()
  for (const part of text === null || text === '' ? [] : text.split(/\s+and\s+/i)) {
    const [, name = '', quoted = ''] = /^\s*(\w+)\s+eq\s+'((?:[^']|'')*)'\s*$/i.exec(part) ?? []
    if (!allowed.some((one) => one.toLowerCase() === name.toLowerCase())) {
      throw badRequest(
        'InvalidFilterInQueryString',
        `Invalid $filter '${text}' specified in the query string.`,
      )
    }
    values.set(name.toLowerCase(), quoted.replaceAll("''", "'"))
  }
  const tagName = values.get('tagname')
  const tagValue = values.get('tagvalue')
  if (tagName !== undefined && values.size > (tagValue === undefined ? 1 : 2)) {
    throw badRequest(
      'InvalidFilterInQueryString',
      'Filtering by tag cannot be combined with filtering by anything else.',
    )
  }
  return {
    values,
    fitsTags(tags) {
      if (tagName === undefined) return true
      const found = Object.entries(tags).find(
        ([name]) => name.toLowerCase() === tagName.toLowerCase(),
      )
      return found !== undefined && (tagValue === undefined || found[1] === tagValue)
    },
  }
}
