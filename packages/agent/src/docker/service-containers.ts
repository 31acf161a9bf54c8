import { z } from 'zod'
import { askDocker } from './docker-socket.ts'

/** Agents of 1.5 put this label on every container of a service. */
const filters = { label: ['io.kontena.service.id'], status: ['running', 'paused', 'restarting'] }
const path = `/containers/json?filters=${encodeURIComponent(JSON.stringify(filters))}`
const containers = z.array(z.object({ Id: z.string() }))

/** How many containers of services run here; undefined where Docker does not say. */
export async function countServiceContainers(
  socket: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return containers.parse(await askDocker(socket, path, signal)).length
  } catch {
    return undefined
  }
}
