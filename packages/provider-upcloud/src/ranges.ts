import { createHash } from 'node:crypto'
import { isIPv4 } from 'node:net'

/**
 * Where a grid's network may have its addresses: 1022 machines each, apart from Docker's first networks
 * (172.17.0.0/16 and on), UpCloud's utility network (10.0.0.0/8) and the overlay (10.80.0.0/12).
 */
const candidates = ['172.16', '192.168'].flatMap((prefix) =>
  Array.from({ length: 64 }, (_, index) => `${prefix}.${index * 4}.0/22`),
)

/**
 * The first range that touches none of those taken, from a place of the name's own on, so that grids
 * that are made at the same time differ. Undefined where none is left.
 */
export function freeRange(name: string, taken: readonly string[]): string | undefined {
  const used = taken.flatMap((range) => parseRange(range) ?? [])
  const start = createHash('sha256').update(name).digest().readUInt32BE() % 64
  return Array.from({ length: candidates.length }, (_, step) => step)
    .map((step) => candidates[step < 64 ? (start + step) % 64 : step] ?? '')
    .find((candidate) => {
      const range = parseRange(candidate)
      return range !== undefined && !used.some((other) => overlaps(range, other))
    })
}

interface Range {
  readonly first: number
  readonly last: number
}

/** Undefined for what is no IPv4 range. */
function parseRange(text: string): Range | undefined {
  const [address = '', prefix = ''] = text.split('/')
  if (!isIPv4(address) || !/^\d{1,2}$/.test(prefix)) return undefined
  const size = 2 ** (32 - Number(prefix))
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const first = number - (number % size)
  return { first, last: first + size - 1 }
}

function overlaps(left: Range, right: Range): boolean {
  return left.first <= right.last && right.first <= left.last
}
