import type { Server, ServerState, UpcloudCall } from '../account.ts'
import { badRequest, illegalState, notFound } from '../refusals.ts'
import { isUuid } from '../wire/uuid.ts'

/** The server that a path names. */
export function findServer({ parameters: { server: uuid = '' }, world }: UpcloudCall): Server {
  if (!isUuid(uuid)) throw badRequest('SERVER_INVALID', 'The server UUID is invalid.')
  const server = world.servers.get(uuid)
  if (server !== undefined) return server
  throw notFound('SERVER_NOT_FOUND', `The server ${uuid} does not exist.`)
}

export function refuseUnless(server: Server, ...states: readonly ServerState[]): void {
  if (!states.includes(server.state)) throw illegalState(server)
}
