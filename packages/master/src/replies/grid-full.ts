import { explainGridSize } from '@kontena/protocol'
import type { GridRecord } from '../store/records.ts'

/** Why a grid takes no further nodes, in the words of its 422. */
export function gridFull(
  { name, subnet }: Pick<GridRecord, 'name' | 'subnet'>,
  { free, wanted }: { free: number; wanted: number } = { free: 0, wanted: 1 },
): string {
  const more = `${free === 0 ? 'no' : free} more ${free === 1 ? 'node' : 'nodes'}`
  const not = free === 0 ? '' : `, not for ${wanted}`
  return `Grid is full: ${name} has room for ${more}${not}; ${explainGridSize(subnet)}`
}
