import type { Grid, Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { openLiveBlock } from './live-block.ts'
import { describeChanges } from './node-changes.ts'
import { nodeTable, shownName } from './node-table.ts'
import { printTable } from './print-table.ts'
import { printable } from './printable.ts'
import { fitTable, tableLines } from './table.ts'

/** A list of nodes that is shown again as it changes. */
export interface NodeView {
  /** All nodes of the grid by their numbers; undefined where they are the same as last time. */
  show(nodes: readonly Node[] | undefined): void
  /** Takes a drawn list away, so that something else can be written; it is drawn again below that. */
  makeRoom(): void
}

/**
 * On a terminal the list is drawn again in place. Elsewhere it is printed once, and then a line for each
 * change; with `--json`, a line of JSON for each node and each change.
 */
export function openNodeView(
  grid: Grid,
  shows: (node: Node) => boolean,
  context: Context,
): NodeView {
  return context.live ? drawnView(grid, shows, context) : linesView(grid, shows, context)
}

function drawnView(grid: Grid, shows: (node: Node) => boolean, context: Context): NodeView {
  const { stdout, style } = context
  const block = openLiveBlock(stdout)
  let shown: readonly Node[] = []
  let drawn = ''
  return {
    show: (nodes = shown) => {
      shown = nodes
      const table = nodeTable([{ grid, nodes }], { all: false, shows, now: Date.now(), style })
      // A line must not reach the edge of the terminal, nor the block its last line.
      const columns = stdout.columns - 1
      const lines = tableLines(fitTable(table, columns), { columns, style })
      const visible = cut(lines, stdout.rows - 1)
      const text = visible.join('\n')
      if (text !== drawn) block.draw(visible)
      drawn = text
    },
    makeRoom: () => {
      block.erase()
      drawn = ''
    },
  }
}

function cut(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines
  const kept = Math.max(1, rows - 1)
  return [...lines.slice(0, kept), `… and ${lines.length - kept} more`]
}

function linesView(grid: Grid, shows: (node: Node) => boolean, context: Context): NodeView {
  let before: readonly Node[] | undefined
  const tell = (change: string, node: Node, text: string): void => {
    const time = new Date().toISOString()
    if (context.json) context.printJson({ time, change, node })
    else context.print(`${time}  ${printable(shownName(node, { all: false }))}  ${printable(text)}`)
  }
  return {
    show: (nodes) => {
      if (nodes === undefined) return
      const now = nodes.filter(shows)
      if (before !== undefined) {
        for (const { change, node, text } of describeChanges(before, now)) tell(change, node, text)
      } else if (context.json) for (const node of now) tell('present', node, '')
      else {
        const { style } = context
        const options = { all: false, shows, now: Date.now(), style }
        printTable(context, nodeTable([{ grid, nodes }], options), undefined)
      }
      before = now
    },
    makeRoom: () => {},
  }
}
