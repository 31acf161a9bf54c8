import type { Context } from '../context.ts'
import { printable } from './printable.ts'
import { isTooWide, type Table, tableLines } from './table.ts'

/**
 * Prints a table; with `quiet` only the given names, one per line. Away from a terminal a table is
 * never turned on its side, so that scripts can rely on columns.
 */
export function printTable(
  context: Context,
  table: Table,
  quiet: { names: readonly string[] } | undefined,
): void {
  if (quiet !== undefined) {
    for (const name of quiet.names) context.print(printable(name))
    return
  }
  const columns = context.stdout.isTTY ? context.columns : Number.POSITIVE_INFINITY
  if (isTooWide(table, columns)) context.warn('The table is wider than the terminal')
  const lines = tableLines(table, { columns, style: context.style })
  for (const line of lines) context.print(line)
}
