import { isIP } from 'node:net'
import { hostInfo, hostStatistics, label, type RpcError } from '@kontena/protocol'
import { z } from 'zod'
import { peerAddresses } from '../grid/peer-addresses.ts'
import type { ConnectionKey } from '../store/connection-store.ts'
import type { Store } from '../store/store.ts'
import { nodeInfoFor } from './node-info.ts'

export interface RpcContext {
  readonly store: Store
  readonly clock: () => Date
  /** The connection the call came by. Calls are about its node, whatever node they name. */
  readonly from: ConnectionKey & { readonly grid: string; readonly name: string }
  announce(grid: string): void
}

export interface RpcAnswer {
  readonly error: RpcError | undefined
  readonly result: unknown
}

interface Method {
  /** What a call costs the agent beside its frame, where its work is more than that of others. */
  readonly cost: number
  run(params: unknown[], context: RpcContext): Promise<RpcAnswer>
}

const replaced = failed({ code: 409, message: 'a newer connection has taken over' })

/** What agents of 1.5 tell of their containers. We keep none of it, and they wait 30 s for a reply that never comes. */
const heardOnly: readonly string[] = [
  '/containers/save',
  '/containers/event',
  '/containers/cleanup',
  '/containers/health',
  '/containers/stat',
  '/containers/log',
  '/containers/log_batch',
  '/container_exec/output',
  '/container_exec/exit',
  '/container_exec/error',
  '/node_service_pods/set_state',
  '/node_service_pods/event',
  '/node_service_pods/mark_oneshot_hook',
  '/node_volumes/set_state',
]

/**
 * All that an agent may call, by name. Refusing lists of services and volumes matters: an agent that
 * is told an empty list removes every service container and volume from its host.
 */
const methods: ReadonlyMap<string, Method> = new Map([
  ['/nodes/update', { cost: 10, run: updateNode }],
  ['/nodes/stats', { cost: 2, run: recordStatistics }],
  ['/nodes/get', { cost: 10, run: getNode }],
  ['/node_service_pods/list', { cost: 0, run: notScheduled }],
  ['/node_volumes/list', { cost: 0, run: notScheduled }],
  ...heardOnly.map((name): [string, Method] => [name, { cost: 0, run: async () => done({}) }]),
])

/** The names of all that an agent may call. */
export const methodNames: readonly string[] = [...methods.keys()]

/** What a call costs its agent of what it may send, beside its frame. */
export function costOfMethod(name: string): number {
  return methods.get(name)?.cost ?? 0
}

/** Answers one call. Never throws for what the agent sent. */
export async function callMethod(
  name: string,
  params: unknown[],
  context: RpcContext,
): Promise<RpcAnswer> {
  const method = methods.get(name)
  if (method !== undefined) return method.run(params, context)
  return failed({ code: 501, error: 'service not implemented' })
}

/** Characters of one report as JSON; what a host has to say is a tenth of it. */
const mostReported = 64 * 1024

/** Reports are stored, and read again with every look at the grid, so they have a limit. */
const reported = <T extends z.ZodType>(schema: T) =>
  z.tuple([
    z.unknown(),
    schema.refine((report) => JSON.stringify(report).length <= mostReported, 'is too long'),
  ])
const hostReport = reported(hostInfo)
const statisticsReport = reported(hostStatistics)

async function updateNode(params: unknown[], context: RpcContext): Promise<RpcAnswer> {
  const parsed = hostReport.safeParse(params)
  if (!parsed.success) return badParams(parsed.error)
  const { store, from, clock } = context
  const [, sent] = parsed.data
  const host = {
    ...sent,
    Labels: sent.Labels?.filter((text) => label.safeParse(text).success),
    // Every other node is told them, so they are addresses or nothing.
    PublicIp: addressOrNull(sent.PublicIp),
    PrivateIp: addressOrNull(sent.PrivateIp),
  }
  const stored = await store.recordHost(from, host, clock())
  if (stored === undefined) return replaced
  if (stored.addressesChanged) context.announce(from.grid)
  return done(true)
}

async function recordStatistics(params: unknown[], context: RpcContext): Promise<RpcAnswer> {
  const parsed = statisticsReport.safeParse(params)
  if (!parsed.success) return badParams(parsed.error)
  await context.store.recordStatistics(context.from, parsed.data[1], context.clock())
  return done(true)
}

async function getNode(_params: unknown[], { store, from }: RpcContext): Promise<RpcAnswer> {
  const grid = await store.grid(from.grid)
  const [node] = await store.briefNodes([from.key])
  if (grid === undefined || node === undefined) {
    return failed({ code: 404, message: 'the node has been removed' })
  }
  const peersOf = peerAddresses(await store.peers(from.grid))
  return done(nodeInfoFor(grid, node, peersOf(node)))
}

/** An address with a zone is one on its own host only, and may be of any length. */
function addressOrNull(text: string | null | undefined): string | null {
  if (text === null || text === undefined || text.includes('%')) return null
  return isIP(text) === 0 ? null : text
}

async function notScheduled(): Promise<RpcAnswer> {
  return failed({ code: 501, message: 'this master schedules no services' })
}

function badParams(error: z.ZodError): RpcAnswer {
  return failed({ code: 422, message: z.prettifyError(error) })
}

function done(result: unknown): RpcAnswer {
  return { error: undefined, result }
}

function failed(error: RpcError): RpcAnswer {
  return { error, result: undefined }
}
