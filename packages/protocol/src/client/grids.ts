import { z } from 'zod'
import * as rest from '../rest.ts'
import { gridPath } from './paths.ts'
import type { Call } from './requester.ts'

export function gridCalls(call: Call) {
  return {
    grids: async (signal?: AbortSignal) =>
      (await call('/v1/grids', z.object({ grids: z.array(rest.grid) }), { signal })).grids,
    grid: (name: string, signal?: AbortSignal) => call(gridPath(name), rest.grid, { signal }),
    createGrid: (body: rest.GridCreate, signal?: AbortSignal) =>
      call('/v1/grids', rest.grid, { method: 'POST', body, signal }),
    removeGrid: (name: string, signal?: AbortSignal) =>
      call(gridPath(name), z.unknown(), { method: 'DELETE', signal }),
  }
}
