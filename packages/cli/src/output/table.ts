import { displayWidth, fitWidth, padWidth } from './display-width.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/** Text from anywhere; painted after it was made printable and padded. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string }

export interface Table {
  readonly headings: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/**
 * Lines of a table as 1.5 wrote them: no borders, two blanks between columns, headings in capitals.
 * A table wider than the terminal is written as one block of `KEY: value` per row.
 */
export function tableLines(table: Table, view: { columns: number; style: Style }): string[] {
  if (isTooWide(table, view.columns)) return verticalLines(table, view.style)
  const widths = widthsOf(table)
  const heading = table.headings.map((text, column) => padWidth(text, widths[column] ?? 0))
  return [
    view.style.bold(heading.join('  ').trimEnd()),
    ...table.rows.map((row) =>
      row
        .map((cell, column) => padCell(cell, widths[column]))
        .join('  ')
        .trimEnd(),
    ),
  ]
}

/** Whether the table has to be turned on its side. */
export function isTooWide(table: Table, columns: number): boolean {
  return widthsOf(table).reduce((sum, width) => sum + width + 2, -2) > columns
}

/** Shortens the last column to the room there is for it, as far as its heading allows. */
export function fitTable(table: Table, columns: number): Table {
  const widths = widthsOf(table)
  const last = table.headings.length - 1
  const taken = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0)
  const room = Math.max(columns - taken, displayWidth(table.headings[last] ?? ''))
  const rows = table.rows.map((row) =>
    row.map((cell, column) => (column === last ? fitCell(cell, room) : cell)),
  )
  return { ...table, rows }
}

function fitCell(cell: Cell, room: number): Cell {
  const text = fitWidth(textOf(cell), room)
  return typeof cell === 'string' ? text : { ...cell, text }
}

function widthsOf({ headings, rows }: Table): number[] {
  return headings.map((heading, column) =>
    rows.reduce(
      (widest, row) => Math.max(widest, displayWidth(textOf(row[column]))),
      displayWidth(heading),
    ),
  )
}

function verticalLines({ headings, rows }: Table, style: Style): string[] {
  const width = Math.max(...headings.map(displayWidth)) + 1
  return rows.flatMap((row, index) => [
    ...(index === 0 ? [] : ['']),
    ...headings.map((heading, column) =>
      `${style.bold(padWidth(`${heading}:`, width))} ${padCell(row[column] ?? '', 0)}`.trimEnd(),
    ),
  ])
}

function padCell(cell: Cell, width = 0): string {
  const text = textOf(cell)
  const painted = typeof cell === 'string' || text === '' ? text : cell.paint(text)
  return painted + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  return printable(typeof cell === 'string' ? cell : cell.text)
}
