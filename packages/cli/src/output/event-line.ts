import type { GridEvent } from '@kontena/protocol'
import { changedFacts } from './changed-facts.ts'
import { padWidth } from './display-width.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/** Columns of 1.5; the message takes the rest. */
const widths = [25, 25, 40] as const

export function eventHeading(style: Style): string {
  return style.bold(inColumns(['TIME', 'TYPE', 'RELATIONSHIPS'], 'MESSAGE'))
}

/** An event on a line: its time yellow for a warning, red for an error. */
export function eventLine(event: GridEvent, style: Style): string {
  const paint = event.severity >= 3 ? style.red : event.severity === 2 ? style.yellow : plain
  const time = printable(event.created_at)
  const columns = [time, event.type, idsOf(event)].map(printable)
  const line = inColumns(columns, printable(messageOf(event)))
  return paint(time) + line.slice(time.length)
}

/** Two changes of a node read the same, but for what they changed. */
function messageOf({ message, meta }: GridEvent): string {
  const changed = changedFacts(meta)
  return changed === '' ? message : `${message} (${changed})`
}

function plain(text: string): string {
  return text
}

function idsOf({ relationships }: GridEvent): string {
  return relationships.map(({ id }) => id).join(',')
}

/** A text that is wider than its column takes the room it needs. */
function inColumns(texts: readonly string[], rest: string): string {
  const padded = texts.map((text, column) => padWidth(text, widths[column] ?? 0))
  return [...padded, rest].join(' ').trimEnd()
}
