import { join } from 'node:path'

/** A page of `docs/reference`, which its test writes and holds to. */
export function pageFile(name: string): string {
  return join(import.meta.dirname, '../../../../docs/reference', name)
}

/** Cells are Markdown; a bar in one does not end it. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)]
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}
