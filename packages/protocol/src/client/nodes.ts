import { z } from 'zod'
import * as rest from '../rest.ts'
import { gridPath, nodePath } from './paths.ts'
import type { Call } from './requester.ts'

export function nodeCalls(call: Call) {
  return {
    nodes: async (grid: string, signal?: AbortSignal) =>
      (await call(`${gridPath(grid)}/nodes`, z.object({ nodes: z.array(rest.node) }), { signal }))
        .nodes,
    node: (grid: string, name: string, signal?: AbortSignal) =>
      call(nodePath(grid, name), rest.node, { signal }),
    createNode: (grid: string, body: rest.NodeCreate, signal?: AbortSignal) =>
      call(`${gridPath(grid)}/nodes`, rest.node, { method: 'POST', body, signal }),
    updateNode: (grid: string, name: string, body: rest.NodeUpdate, signal?: AbortSignal) =>
      call(nodePath(grid, name), rest.node, { method: 'PUT', body, signal }),
    removeNode: (grid: string, name: string, signal?: AbortSignal) =>
      call(nodePath(grid, name), z.unknown(), { method: 'DELETE', signal }),
    /** Unties a node from its machine, which was set up by hand; another one joins with the new token. */
    replaceNode: (grid: string, name: string, body: rest.NodeReplace, signal?: AbortSignal) =>
      call(`${nodePath(grid, name)}/replace`, rest.node, { method: 'POST', body, signal }),
    nodeToken: (grid: string, name: string, signal?: AbortSignal) =>
      call(`${nodePath(grid, name)}/token`, rest.nodeToken, { signal }),
    setNodeToken: (grid: string, name: string, body: rest.NodeTokenChange, signal?: AbortSignal) =>
      call(`${nodePath(grid, name)}/token`, rest.nodeToken, { method: 'PUT', body, signal }),
    /** The node reverts to the token of its grid. */
    clearNodeToken: (
      grid: string,
      name: string,
      body: Pick<rest.NodeTokenChange, 'reset_connection'>,
      signal?: AbortSignal,
    ) => call(`${nodePath(grid, name)}/token`, z.unknown(), { method: 'DELETE', body, signal }),
  }
}
