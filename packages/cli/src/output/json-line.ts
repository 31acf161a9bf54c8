import { acting } from './printable.ts'

/**
 * JSON on a line of its own in which nothing acts on a terminal. The escapes are JSON's, so that a parser
 * reads just what was meant.
 */
export function jsonLine(
  value: unknown,
  replacer?: (key: string, value: unknown) => unknown,
): string {
  const text = JSON.stringify(value, replacer) ?? 'null'
  const shown = text.replace(
    acting,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `${shown}\n`
}
