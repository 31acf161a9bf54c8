import { formatDuration } from '../options/duration.ts'
import { printable } from './printable.ts'

/** Why nothing happens for a while, and for how long. */
export function waitingText({
  reason,
  milliseconds,
}: {
  reason: string
  milliseconds: number
}): string {
  return printable(`waiting ${formatDuration(milliseconds)}: ${reason}`)
}
