import { type Call, hintNearest, ProvisionError } from '@kontena/core'
import type { Zone } from '@kontena/upcloud-api'
import type { Cloud } from './clients.ts'

export async function listZones(cloud: Cloud, call: Call): Promise<readonly Zone[]> {
  return await cloud.ask({ doing: 'list', about: 'the zones', ...call }, (client, options) =>
    client.zones(options),
  )
}

/** Throws `NOT_FOUND` with zones that look like it. A private zone is listed for those who have it. */
export async function requireZone(cloud: Cloud, zone: string, call: Call): Promise<void> {
  const zones = await listZones(cloud, call)
  if (zones.some(({ id }) => id === zone)) return
  const names = zones.filter(({ isPublic }) => isPublic).map(({ id }) => id)
  throw new ProvisionError('NOT_FOUND', `zone ${zone} does not exist`, {
    hint: hintNearest('zone', zone, names),
  })
}
