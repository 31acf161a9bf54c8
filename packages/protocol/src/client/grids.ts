import { z } from 'zod'
import * as grids from '../grids.ts'
import { gridPath } from './paths.ts'
import type { Call } from './requester.ts'

export function gridCalls(call: Call) {
  const usersOf = (name: string) => `${gridPath(name)}/users`
  return {
    grids: async (signal?: AbortSignal) =>
      (await call('/v1/grids', z.object({ grids: z.array(grids.grid) }), { signal })).grids,
    grid: (name: string, signal?: AbortSignal) => call(gridPath(name), grids.grid, { signal }),
    createGrid: (body: grids.GridCreate, signal?: AbortSignal) =>
      call('/v1/grids', grids.grid, { method: 'POST', body, signal }),
    updateGrid: (name: string, body: grids.GridUpdate, signal?: AbortSignal) =>
      call(gridPath(name), grids.grid, { method: 'PUT', body, signal }),
    removeGrid: (name: string, signal?: AbortSignal) =>
      call(gridPath(name), z.unknown(), { method: 'DELETE', signal }),
    gridUsers: async (name: string, signal?: AbortSignal) =>
      (await call(usersOf(name), grids.gridUsers, { signal })).users,
    /** Resolves to all users of the grid. */
    addGridUser: async (name: string, email: string, signal?: AbortSignal) =>
      (await call(usersOf(name), grids.gridUsers, { method: 'POST', body: { email }, signal }))
        .users,
    /** Resolves to those that are left. */
    removeGridUser: async (name: string, email: string, signal?: AbortSignal) =>
      (
        await call(`${usersOf(name)}/${encodeURIComponent(email)}`, grids.gridUsers, {
          method: 'DELETE',
          signal,
        })
      ).users,
  }
}
