import type { Choice } from '@kontena/core'
import { printable } from '../output/printable.ts'

/**
 * All of a choice on its line, as what is typed after the flag and what it costs decide. Labels come from
 * the cloud, and may hold anything.
 */
export function choiceText({ value, label, hint }: Choice): string {
  const named = label.includes(value) ? label : `${value}  ${label}`
  return printable(hint === undefined ? named : `${named} (${hint})`)
}
