import type { MasterClock } from '../connection/master-clock.ts'
import type { FirewallPlace } from '../firewall-peers.ts'
import type { Check, Health } from './check.ts'
import { checkClock } from './check-clock.ts'
import { checkDisk } from './check-disk.ts'
import { checkDocker } from './check-docker.ts'
import { checkFirewall } from './check-firewall.ts'

export interface HealthOptions {
  readonly dockerSocket: string
  /** Docker's folder. */
  readonly rootFolder: string
  readonly clock: MasterClock
  readonly firewall: FirewallPlace
  readonly signal: AbortSignal
}

/** How this host does. Never rejects. */
export async function checkHealth(options: HealthOptions): Promise<Health> {
  const { dockerSocket, rootFolder, clock, firewall, signal } = options
  const checks = await Promise.all([
    checkDocker(dockerSocket, signal),
    checkDisk(rootFolder),
    checkClock(clock),
    checkFirewall(firewall),
  ])
  return { health: checks.every(({ ok }) => ok), checks: checks.map(shorten) }
}

/** The protocol has room for so many characters. */
function shorten(check: Check): Check {
  return { ...check, message: check.message.slice(0, 1024) }
}
