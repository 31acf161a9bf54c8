import { nodeHealth } from '../health.ts'
import { metrics } from '../metrics.ts'
import { gridPath, nodePath } from './paths.ts'
import type { Call } from './requester.ts'

/** Times between which usage is asked for; the last hour where absent. */
export interface Period {
  readonly from?: Date
  readonly to?: Date
}

/** How nodes are, and what they use. */
export function healthCalls(call: Call) {
  return {
    /** Asks the agent itself. Rejects with kind `invalid` where it is not connected or does not answer. */
    nodeHealth: (grid: string, name: string, signal?: AbortSignal) =>
      call(`${nodePath(grid, name)}/health`, nodeHealth, { signal }),
    nodeMetrics: (grid: string, name: string, period: Period = {}, signal?: AbortSignal) =>
      call(`${nodePath(grid, name)}/metrics${query(period)}`, metrics, { signal }),
    gridMetrics: (grid: string, period: Period = {}, signal?: AbortSignal) =>
      call(`${gridPath(grid)}/metrics${query(period)}`, metrics, { signal }),
  }
}

function query({ from, to }: Period): string {
  const wanted = new URLSearchParams()
  if (from !== undefined) wanted.set('from', from.toISOString())
  if (to !== undefined) wanted.set('to', to.toISOString())
  return wanted.size === 0 ? '' : `?${wanted}`
}
