import { nodesPerGrid } from '@kontena/protocol'
import { z } from 'zod'
import { type FreeNumbers, takeNumbers } from '../node-numbers.ts'
import type { Database } from './database.ts'

const gridRow = z.object({ initial_size: z.number(), subnet: z.string() })
const numberRow = z.object({ number: z.number() })
const spanRow = z.object({ count: z.number(), highest: z.number().nullable() })

interface Span {
  readonly from: number
  readonly to: number
}

/** A number for each node, or how many are free where that is not enough. */
export function chooseNumbers(
  database: Database,
  grid: string,
  nodes: readonly { readonly mayLead: boolean }[],
): { numbers: number[] } | { free: number } {
  const numbers = takeNumbers(freeNumbers(database, grid, nodes.length), nodes)
  return numbers.length === nodes.length ? { numbers } : { free: numbers.length }
}

/** The lowest free number of an initial member. */
export function freeInitialNumber(database: Database, grid: string): number | undefined {
  return freeNumbers(database, grid, 1).initial[0]
}

/** Numbers that no node of the grid has; of the others as many as are wanted. */
function freeNumbers(database: Database, grid: string, wanted: number): FreeNumbers {
  const found = database.get(gridRow, 'SELECT * FROM grids WHERE name = ?', grid)
  if (found === undefined) return { initial: [], others: [] }
  const most = nodesPerGrid(found.subnet)
  const size = Math.min(found.initial_size, most)
  return {
    initial: lowestFree(database, grid, { from: 1, to: size }, size),
    others: lowestFree(database, grid, { from: size + 1, to: most }, wanted),
  }
}

function lowestFree(database: Database, grid: string, span: Span, most: number): number[] {
  const from = startOfGaps(database, grid, span)
  if (from > span.to) return []
  return database
    .all(
      numberRow,
      `WITH RECURSIVE candidate (number) AS (
         SELECT ? UNION ALL SELECT number + 1 FROM candidate WHERE number < ?
       )
       SELECT number FROM candidate WHERE NOT EXISTS (
         SELECT 1 FROM nodes WHERE grid = ? AND nodes.number = candidate.number
       ) LIMIT ?`,
      from,
      span.to,
      grid,
      most,
    )
    .map(({ number }) => number)
}

/** Most grids have no gaps, and then the search need not begin at their first node. */
function startOfGaps(database: Database, grid: string, { from, to }: Span): number {
  const taken = database.get(
    spanRow,
    `SELECT count(*) AS count, max(number) AS highest FROM nodes
     WHERE grid = ? AND number BETWEEN ? AND ?`,
    grid,
    from,
    to,
  )
  const highest = taken?.highest ?? from - 1
  return taken?.count === highest - from + 1 ? highest + 1 : from
}
