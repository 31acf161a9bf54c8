import { isFailure, ProvisionError } from '@kontena/core'
import type { GridEvent } from '@kontena/protocol'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { untilCtrlC } from '../follow-ended.ts'
import { findGrid, findNode } from '../master/find-on-master.ts'
import { type MasterSession, openMasterSession, requireGrid } from '../master/master-session.ts'
import { lineCount } from '../options/line-count.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { parsePointInTime } from '../options/point-in-time.ts'
import { eventHeading, eventLine } from '../output/event-line.ts'

export interface EventsFlags {
  /** Names of nodes. */
  node?: readonly string[]
  follow?: boolean
  lines?: string
  tail?: string
  since?: string
  grid?: string
}

/** The most events that a master gives at once. */
const flagSchema = z.object({ lines: lineCount(10_000) })

interface Wanted {
  readonly grid: string
  readonly nodes: readonly string[] | undefined
  readonly limit: number
  readonly since: Date | undefined
}

/** What happened in a grid, and with `follow` what happens until Ctrl-C. */
export async function showEvents(flags: EventsFlags, context: Context): Promise<void> {
  const { lines: limit } = parseFlags(flagSchema, { lines: flags.lines ?? flags.tail }, {})
  const { since } = flags
  const from = since === undefined ? since : parsePointInTime(since, '--since', new Date())
  const session = await openMasterSession(context, flags)
  const wanted = { grid: requireGrid(session), nodes: flags.node, limit, since: from }
  if (flags.follow === true) {
    await untilCtrlC(context.signal, () => follow(session, wanted, context))
  } else await printKnown(session, wanted, context)
}

/** The events of one node. */
export async function showNodeEvents(
  { name, ...flags }: EventsFlags & { name: string },
  context: Context,
): Promise<void> {
  const session = await openMasterSession(context, flags)
  const grid = requireGrid(session)
  try {
    await findNode(session, grid, name, context.signal)
  } catch (error) {
    if (!isFailure(error, 'NOT_FOUND')) throw error
    await findGrid(session, grid, context.signal)
    throw perhapsRemoved(error, name)
  }
  await showEvents({ ...flags, node: [name] }, context)
}

/** Resolves to the id of the last one that was printed, or zero. */
async function printKnown(
  session: MasterSession,
  { grid, ...query }: Wanted,
  context: Context,
): Promise<number> {
  await findGrid(session, grid, context.signal)
  const events = await session.client.eventLogs(grid, query, context.signal)
  if (!context.json) context.print(eventHeading(context.style))
  for (const event of events) print(event, context)
  return events.at(-1)?.id ?? 0
}

/**
 * Begins to listen before it reads what is known, so that nothing is lost between the two. Rejects with
 * the signal's reason.
 */
async function follow(session: MasterSession, wanted: Wanted, context: Context): Promise<void> {
  const { grid, nodes } = wanted
  let last: number | undefined
  let isAway = false
  for await (const news of session.client.watchEvents(grid, { nodes, signal: context.signal })) {
    switch (news.type) {
      case 'unsupported':
        throw tellsNothing(session)
      case 'live':
        last ??= await printKnown(session, wanted, context)
        isAway = false
        break
      case 'event':
        if ((news.event.id ?? 0) > (last ?? 0)) print(news.event, context)
        break
      case 'reset':
        context.warn('Some events were missed: the master keeps only the latest')
        break
      case 'lost':
        if (!isAway) context.warn(`${news.error.message}; trying again`)
        isAway = true
    }
  }
}

function print(event: GridEvent, context: Context): void {
  if (context.json) context.printJson(event)
  else context.print(eventLine(event, context.style))
}

/** What happened to a node outlives it. */
function perhapsRemoved(error: ProvisionError, name: string): ProvisionError {
  return new ProvisionError('NOT_FOUND', error.message, {
    cause: error,
    hint: `${error.hint}; of one that was removed: kontena grid events --node ${name}`,
  })
}

function tellsNothing({ name }: MasterSession): ProvisionError {
  return new ProvisionError(
    'NOT_SUPPORTED',
    `the master ${name} does not tell events as they happen`,
    { hint: 'leave out --follow to see what has happened, or use a master of version 2' },
  )
}
