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

export function eventFilter({
  types,
  nodes,
}: {
  types?: readonly EventType[] | undefined
  nodes?: readonly string[] | undefined
}): (event: EventRecord) => boolean {
  const wantedTypes = types && new Set<EventType>(types)
  const wantedNodes = nodes && new Set(nodes)
  return ({ type, node }) =>
    (wantedTypes?.has(type) ?? true) &&
    (wantedNodes === undefined || (node !== undefined && wantedNodes.has(node)))
}
