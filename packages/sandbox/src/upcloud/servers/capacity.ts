import type { Account } from '../account.ts'
import type { Plan } from '../catalog/plans.ts'
import type { Zone } from '../catalog/zones.ts'
import { conflict, forbidden } from '../refusals.ts'

interface Wanted {
  readonly zone: Zone
  readonly plan: Plan
}

/** Throws Refusal for what runs out first: the account's cores, then what the zone has left. */
export function checkRoom({ zone, plan }: Wanted, account: Account): void {
  const servers = [...account.servers.values()]
  const cores = servers.reduce((sum, server) => sum + server.plan.cores, 0)
  if (cores + plan.cores > account.coreLimit) {
    throw forbidden(
      'SERVER_CORE_LIMIT_REACHED',
      `The account may have ${account.coreLimit} cores at once.`,
    )
  }
  const here = servers.filter((server) => server.zone === zone)
  const fault = account.faults.take('no-capacity', { zone: zone.id }, ({ type, after }) => {
    if (type !== undefined && type !== plan.name) return false
    return here.filter((one) => type === undefined || one.plan === plan).length >= after
  })
  if (fault === undefined) return
  throw conflict(
    'SERVER_RESOURCES_UNAVAILABLE',
    `There are not enough resources available in the zone ${zone.id}.`,
  )
}
