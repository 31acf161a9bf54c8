import { z } from 'zod'
import { legacyNamePattern } from './names.ts'
import { user } from './rest.ts'

/** Where containers' logs of a grid go; kept for 1.5 agents, which forward them. */
export const gridLogs = z.object({
  forwarder: z.literal('fluentd'),
  opts: z.record(z.string(), z.string()),
})
export type GridLogs = z.infer<typeof gridLogs>

export const gridName = z
  .string()
  .min(3, 'is too short')
  .max(128)
  .regex(legacyNamePattern, "isn't in the right format")

/** A grid as the master shows it. `logs` is there where something forwards them. */
export const grid = z.object({
  id: z.string(),
  name: z.string(),
  token: z.string(),
  initial_size: z.number(),
  subnet: z.string(),
  supernet: z.string(),
  default_affinity: z.array(z.string()).default([]),
  trusted_subnets: z.array(z.string()).default([]),
  stats: z
    .object({ statsd: z.object({ server: z.string(), port: z.number() }).nullable().catch(null) })
    .partial()
    .default({}),
  logs: z
    .object({ forwarder: z.string(), opts: z.record(z.string(), z.unknown()).default({}) })
    .nullish(),
  node_count: z.number().default(0),
  service_count: z.number().default(0),
  container_count: z.number().default(0),
  user_count: z.number().default(0),
})
export type Grid = z.infer<typeof grid>

/** Where statistics go. Old clients mean by the server `none` that they go nowhere. */
const statsd = z.object({
  server: z.string().min(1).max(255),
  port: z.number().int().min(0).max(65_535),
})

/** Body of `PUT /v1/grids/:grid`: what of a grid can change. What is absent stays. */
export const gridUpdate = z.object({
  stats: z.object({ statsd: statsd.nullable().optional() }).optional(),
  /** `none` ends the forwarding. */
  logs: z
    .object({
      forwarder: z.enum(['fluentd', 'none']),
      opts: z.record(z.string().max(255), z.string().max(4096)).optional(),
    })
    .optional(),
  default_affinity: z.array(z.string().min(1).max(1024)).max(256).optional(),
  trusted_subnets: z.array(z.string().min(1).max(64)).max(256).optional(),
})
export type GridUpdate = z.input<typeof gridUpdate>

/** Body of `POST /v1/grids`. */
export const gridCreate = z.object({
  /** Random where absent. */
  name: gridName.optional(),
  initial_size: z.number().int().min(1).max(7).default(1),
  /** It travels in a header, and in files of variables. Random where absent. */
  token: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\x21-\x7e]+$/, "isn't in the right format")
    .optional(),
  subnet: z.string().max(64).optional(),
  supernet: z.string().max(64).optional(),
  ...gridUpdate.shape,
})
export type GridCreate = z.input<typeof gridCreate>

/** Body of `POST /v1/grids/:grid/users`. A user is known by an address, which is the same in capitals. */
export const gridMember = z.object({ email: z.string().toLowerCase().min(1).max(254) })

/** Reply of all routes about the users of a grid. */
export const gridUsers = z.object({ users: z.array(user) })
