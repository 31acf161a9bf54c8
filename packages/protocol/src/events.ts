import { z } from 'zod'

/**
 * All that happens in a grid and is told, by name. `node:online` is the first report of a connected
 * agent; `node:drained` says that nothing runs any more on a node that is to be drained.
 */
export const eventTypes = [
  'grid:created',
  'grid:updated',
  'grid:removed',
  'grid:member-added',
  'grid:member-removed',
  'node:created',
  'node:enrolled',
  'node:contested',
  'node:bound',
  'node:connected',
  'node:online',
  'node:disconnected',
  'node:rejected',
  'node:updated',
  'node:token-changed',
  'node:drained',
  'node:replaced',
  'node:removed',
  'order:opened',
  'order:ended',
  'user:created',
  'user:updated',
  'user:removed',
  'token:created',
  'token:removed',
  'configuration:changed',
] as const
export type EventType = (typeof eventTypes)[number]

/** An entry of `event_logs`, and the data of a server-sent event of `GET /v1/grids/:grid/events`. */
export const gridEvent = z.object({
  /** Rises with time; a 1.5 master gives none. */
  id: z.number().int().optional(),
  created_at: z.string(),
  /** 0 debug, 1 info, 2 warning, 3 error. */
  severity: z.number(),
  type: z.string(),
  message: z.string(),
  meta: z.record(z.string(), z.unknown()).default({}),
  /** What the event is about: `{ id: 'prod/web-1', type: 'node' }`. */
  relationships: z.array(z.object({ id: z.string(), type: z.string() })).default([]),
})
export type GridEvent = z.infer<typeof gridEvent>
