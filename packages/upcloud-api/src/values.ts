import { z } from 'zod'

/** The API writes many numbers as strings. */
export const number = z
  .union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)])
  .transform((value) => Number(value))

/** `yes` and `no`, `on` and `off`, 1 and 0, or what JSON has for it. */
export const boolean = z
  .union([
    z.boolean(),
    z.enum(['yes', 'no', 'on', 'off', '1', '0', 'true', 'false']),
    z.literal([0, 1]),
  ])
  .transform((value) => [true, 1, '1', 'yes', 'on', 'true'].includes(value))

/** Absent, `null` and the empty string mean the same. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === '' ? undefined : text))

export const optionalNumber = number.nullish().transform((value) => value ?? undefined)
export const optionalBoolean = boolean.nullish().transform((value) => value ?? undefined)

/**
 * A list, which the API wraps once more in an object with a single key: `{ "server": [...] }`. Newer parts
 * leave the wrapping out, and what is empty may be absent, `null` or an empty string.
 */
export function list<Item extends z.ZodType>(key: string, item: Item) {
  return z.preprocess((value) => unwrap(value, key) ?? [], z.array(item))
}

/** The same as the whole of an answer: one that does not hold the list says nothing of what exists. */
export function wholeList<Item extends z.ZodType>(key: string, item: Item) {
  return z.preprocess((value) => unwrap(value, key), z.array(item))
}

function unwrap(value: unknown, key: string): unknown {
  if (value === '') return undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.entries(value).find(([name]) => name === key)?.[1]
}

export function yesNo(value: boolean): 'yes' | 'no' {
  return value ? 'yes' : 'no'
}

export function onOff(value: boolean): 'on' | 'off' {
  return value ? 'on' : 'off'
}
