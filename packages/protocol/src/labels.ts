import { z } from 'zod'

/**
 * A label is `key` or `key=value`. The agent protocol joins labels with commas in a header and with
 * blanks in the environment, so neither may occur in one; control characters never do.
 */
export const label = z
  .string()
  .max(255, 'must be 255 characters or less')
  .regex(/^[^\s,=\p{Cc}][^\s,\p{Cc}]*$/u, 'must be key or key=value without blanks or commas')

/** The value of the first label with this key, or undefined where there is none. */
export function labelValue(labels: readonly string[], key: string): string | undefined {
  const prefix = `${key}=`
  return labels.find((text) => text.startsWith(prefix))?.slice(prefix.length)
}

/** These labels with some keys given other values; every other label stays, in its order. */
export function mergeLabels(labels: readonly string[], changes: readonly string[]): string[] {
  const keyOf = (text: string): string => text.split('=', 1)[0] ?? text
  const changed = new Set(changes.map(keyOf))
  return [...labels.filter((text) => !changed.has(keyOf(text))), ...changes]
}
