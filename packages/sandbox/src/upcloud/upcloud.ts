import { randomBytes } from 'node:crypto'
import { formatIpv4, parseIpv4 } from '../ipv4.ts'
import { openSchedule } from '../schedule.ts'
import type { CloudTools, SimulatedCloud } from '../simulated-cloud.ts'
import type { Account } from './account.ts'
import { openUpcloudApi } from './cloud.ts'
import { makeSharedNetworks } from './networks/make.ts'
import { openLifecycle } from './servers/lifecycle.ts'
import { openSnapshots, type UpcloudSnapshots } from './snapshots.ts'

export interface UpcloudOptions extends CloudTools {
  /** Cores that servers may have at once. */
  readonly coreLimit: number
}

export interface Upcloud extends SimulatedCloud {
  readonly snapshots: UpcloudSnapshots
}

/** In the block that RFC 2544 sets apart for tests: such addresses lead nowhere. */
const firstPublicAddress = parseIpv4('198.19.128.10')
const username = 'sandbox'

/** One UpCloud account. Its token is also the password of its user. */
export function openUpcloud(options: UpcloudOptions): Upcloud {
  const { faults, calls, bootTime } = options
  const token = `ucat_${randomBytes(20).toString('hex').toUpperCase()}`
  const schedule = openSchedule()
  let publicAddresses = 0
  const account: Account = {
    username,
    servers: new Map(),
    storages: new Map(),
    networks: new Map(),
    coreLimit: options.coreLimit,
    consistencyDelay: options.consistencyDelay,
    faults,
    lifecycle: openLifecycle({ bootTime, schedule, faults }),
    newPublicAddress() {
      publicAddresses += 1
      return formatIpv4(firstPublicAddress + publicAddresses)
    },
    createMachine: options.createMachine,
  }
  makeSharedNetworks(account)
  const basic = Buffer.from(`${username}:${token}`).toString('base64')
  const authorizations = [`Bearer ${token}`, `Basic ${basic}`]
  return {
    endpoints: [openUpcloudApi({ account, authorizations, calls })],
    environment: (url) => ({
      UPCLOUD_DEBUG_API_BASE_URL: url,
      UPCLOUD_TOKEN: token,
      UPCLOUD_ZONE: 'fi-hel1',
    }),
    snapshots: openSnapshots(account),
    close: schedule.close,
  }
}
