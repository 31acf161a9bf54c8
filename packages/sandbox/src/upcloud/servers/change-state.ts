import { z } from 'zod'
import type { UpcloudCall, UpcloudRoute } from '../account.ts'
import { number, readBody } from '../wire/fields.ts'
import { findServer, refuseUnless } from './find.ts'
import type { StopRequest } from './lifecycle.ts'
import { detailView } from './view.ts'

const how = {
  stop_type: z.enum(['soft', 'hard']).default('soft'),
  /** Seconds. */
  timeout: number.pipe(z.number().min(1).max(900)).default(900),
  timeout_action: z.enum(['destroy', 'ignore']).default('destroy'),
}
const stopping = z.strictObject({
  stop_server: z.strictObject({ stop_type: how.stop_type, timeout: how.timeout }),
})
const restarting = z.strictObject({
  restart_server: z.strictObject({ ...how, host: number.optional() }),
})
const starting = z.strictObject({
  server: z
    .strictObject({
      start_type: z.enum(['sync', 'async']).optional(),
      host: number.optional(),
      avoid_host: number.optional(),
    })
    .optional(),
})

/** Replies show the server as it was; callers poll for what comes of it. */
export const stateRoutes: readonly UpcloudRoute[] = [
  {
    method: 'POST',
    path: 'server/:server/stop',
    action: 'server.stop',
    answer(call) {
      const server = findServer(call)
      const { stop_server: input } = readBody(stopping, call.body ?? { stop_server: {} })
      refuseUnless(server, 'started')
      call.world.lifecycle.stop(server, stopRequest(input))
      return shown(call)
    },
  },
  {
    method: 'POST',
    path: 'server/:server/start',
    action: 'server.start',
    answer(call) {
      const server = findServer(call)
      readBody(starting, call.body ?? {})
      refuseUnless(server, 'stopped')
      const reply = { ...detailView(server), state: 'started', host: server.host }
      call.world.lifecycle.start(server)
      return { status: 200, body: { server: reply } }
    },
  },
  {
    method: 'POST',
    path: 'server/:server/restart',
    action: 'server.restart',
    answer(call) {
      const server = findServer(call)
      const { restart_server: input } = readBody(restarting, call.body ?? { restart_server: {} })
      refuseUnless(server, 'started')
      call.world.lifecycle.restart(server, stopRequest(input))
      return shown(call)
    },
  },
]

interface StopInput {
  readonly stop_type: 'soft' | 'hard'
  readonly timeout: number
  readonly timeout_action?: 'destroy' | 'ignore'
}

/** A stop that takes too long always becomes a hard one. */
function stopRequest({ stop_type: type, timeout, timeout_action: then }: StopInput): StopRequest {
  return { type, timeout: timeout * 1000, isForced: then !== 'ignore' }
}

function shown(call: UpcloudCall) {
  return { status: 200, body: { server: detailView(findServer(call)) } }
}
