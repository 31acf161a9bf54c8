import type { Node } from '@kontena/protocol'
import type { Style } from './style.ts'
import type { Cell } from './table.ts'

/** A node's status and for how long it has had it, as `online 2h`. `now` in milliseconds. */
export function nodeState(node: Node, now: number, style: Style): Cell {
  switch (node.status) {
    case 'created':
      return { text: `created ${age(node.created_at, now)}`, paint: style.dim }
    case 'connecting':
      return { text: `connecting ${age(node.connected_at, now)}`, paint: style.cyan }
    case 'online':
      return { text: `online ${age(node.connected_at, now)}`, paint: style.green }
    case 'drain':
      return { text: 'drain', paint: style.yellow }
    case 'offline':
      return {
        text: `offline ${age(node.disconnected_at ?? node.last_seen_at, now)}`,
        paint: style.red,
      }
  }
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const

/** In the largest unit only; clocks that disagree give zero and not less. */
function age(time: string | null | undefined, now: number): string {
  const since = Date.parse(time ?? '')
  if (Number.isNaN(since)) return ''
  const span = Math.max(0, now - since)
  for (const [unit, size] of units) {
    if (span >= size) return `${Math.floor(span / size)}${unit}`
  }
  return `${Math.floor(span / 1000)}s`
}
