import { z } from 'zod'
import { list } from './values.ts'

/** Keys have 2 to 32 letters, digits, `-` and `_`, values up to 255 characters. */
export type Labels = Readonly<Record<string, string>>

const label = z.object({ key: z.string(), value: z.string() })

export const labels = list('label', label).transform(
  (entries): Labels => Object.fromEntries(entries.map(({ key, value }) => [key, value])),
)

export function writeLabels(values: Labels): { key: string; value: string }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }))
}

/** What has all of these labels; an empty value asks for the key alone. */
export function labelQuery(values: Labels = {}): (readonly [string, string])[] {
  return Object.entries(values).map(([key, value]) => [
    'label',
    value === '' ? key : `${key}=${value}`,
  ])
}
