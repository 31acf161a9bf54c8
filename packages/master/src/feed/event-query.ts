import { type EventType, eventTypes } from '@kontena/protocol'
import { z } from 'zod'
import type { EventRecord } from '../store/records.ts'

/** A list with commas, as `web-1,web-2`. Nothing in it means that it was not given. */
export const list = z.string().transform((text) => {
  const items = text.split(',').filter((item) => item !== '')
  return items.length === 0 ? undefined : items
})

/** The id of an event. */
export const place = z.number().int().min(0)

/** Which events a reader of the stream wants. */
export const streamQuery = z.object({
  /** For clients that cannot set `Last-Event-ID`. */
  after: place.optional(),
  types: list.pipe(z.array(z.enum(eventTypes)).optional()).optional(),
  node: list.optional(),
  nodes: list.optional(),
})

export interface EventFilter {
  readonly types?: readonly EventType[] | undefined
  readonly nodes?: readonly string[] | undefined
  /** Only events after this one. */
  readonly behind?: number | undefined
}

export function eventFilter(filter: EventFilter): (event: EventRecord) => boolean {
  const types = filter.types && new Set<EventType>(filter.types)
  const nodes = filter.nodes && new Set(filter.nodes)
  const behind = filter.behind ?? 0
  return ({ id, type, node }) =>
    id > behind &&
    (types?.has(type) ?? true) &&
    (nodes === undefined || (node !== undefined && nodes.has(node)))
}
