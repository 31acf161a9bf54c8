import { randomBytes, randomInt } from 'node:crypto'
import { formatIpv4, parseIpv4 } from '../ipv4.ts'
import { openSchedule } from '../schedule.ts'
import type { CloudTools, SimulatedCloud } from '../simulated-cloud.ts'
import type { Account } from './account.ts'
import { openDigitaloceanApi } from './cloud.ts'
import { openLifecycle } from './droplets/lifecycle.ts'
import { makeDefaultVpcs } from './networks/vpcs.ts'
import { tooManyRequests } from './refusals.ts'
import { type DigitaloceanSnapshots, openSnapshots } from './snapshots.ts'
import { openRateLimit, openWindow, type RateLimits } from './wire/rate-limit.ts'

export interface DigitaloceanOptions extends CloudTools {
  /** Droplets that may exist at once. */
  readonly dropletLimit: number
  readonly rateLimits: RateLimits
}

export interface Digitalocean extends SimulatedCloud {
  readonly snapshots: DigitaloceanSnapshots
}

/** In the block that RFC 2544 sets apart for tests: such addresses lead nowhere. */
const firstPublicAddress = parseIpv4('198.19.0.10')
/** Part of the boot time until a firewall acts. */
const untilFirewalled = 0.2
/** Listing keys has a limit of its own. */
const keyListings = { most: 10, span: 60_000 }

/** One DigitalOcean account. */
export function openDigitalocean(options: DigitaloceanOptions): Digitalocean {
  const { faults, calls, bootTime } = options
  const token = `dop_v1_${randomBytes(32).toString('hex')}`
  const schedule = openSchedule()
  const listings = openWindow(keyListings.most, keyListings.span)
  let lastId = randomInt(400_000_000, 500_000_000)
  let publicAddresses = 0
  const account: Account = {
    droplets: new Map(),
    actions: new Map(),
    tags: new Map(),
    keys: new Map(),
    vpcs: new Map(),
    firewalls: new Map(),
    dropletLimit: options.dropletLimit,
    consistencyDelay: options.consistencyDelay,
    firewallDelay: bootTime * untilFirewalled,
    faults,
    lifecycle: openLifecycle({ bootTime, schedule, faults }),
    countKeyListing() {
      if (listings.left() <= 0) throw tooManyRequests(listings.secondsUntilFree())
      listings.add()
    },
    newId() {
      lastId += randomInt(1, 20)
      return lastId
    },
    newPublicAddress() {
      publicAddresses += 1
      return formatIpv4(firstPublicAddress + publicAddresses)
    },
    createMachine: options.createMachine,
  }
  makeDefaultVpcs(account)
  return {
    endpoints: [
      openDigitaloceanApi({ account, token, rate: openRateLimit(options.rateLimits), calls }),
    ],
    environment: (url) => ({
      DIGITALOCEAN_API_URL: url,
      DIGITALOCEAN_ACCESS_TOKEN: token,
      DIGITALOCEAN_REGION: 'fra1',
    }),
    snapshots: openSnapshots(account),
    close: schedule.close,
  }
}
