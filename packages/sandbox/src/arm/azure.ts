import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { formatIpv4, parseIpv4 } from '../ipv4.ts'
import { openSchedule } from '../schedule.ts'
import type { CloudTools, SimulatedCloud } from '../simulated-cloud.ts'
import { openAccount } from './account.ts'
import { openArm } from './cloud.ts'
import { openDiagnosticsStorage } from './compute/diagnostics.ts'
import { openOperations } from './operations.ts'
import { subscriptionId } from './resource-id.ts'
import { type AzureSnapshots, openSnapshots } from './snapshots.ts'
import { openIdentity, tokenPath } from './token.ts'
import type { SubscriptionState, World } from './world.ts'

/** What a person may want different about the simulated subscription. */
export interface AzureSettings {
  /** Entries of a list that come in one page; 100 where absent. */
  readonly pageSize?: number | undefined
  /** vCPUs that may run at once in a location; 1024 where absent. */
  readonly coreLimit?: number | undefined
  /** Public addresses in a location; 1000 where absent. */
  readonly addressLimit?: number | undefined
  /** `Enabled` where absent; nothing can be made while it is `Disabled`. */
  readonly subscriptionState?: SubscriptionState | undefined
  /** Services that the subscription is not registered for, as in `Microsoft.Compute`. */
  readonly unregistered?: readonly string[] | undefined
  /**
   * The token that is good here, besides those that the sandbox gives away itself. Azure's identity library
   * keeps its token for as long as a process lives, which may outlive many sandboxes.
   */
  readonly token?: string | undefined
}

export interface Azure extends SimulatedCloud {
  readonly snapshots: AzureSnapshots
}

/** Addresses that RFC 2544 sets apart for tests: they lead nowhere. */
const firstPublicAddress = parseIpv4('198.19.0.1')

/** One subscription of Azure, with an identity that may do everything in it. */
export async function openAzure(tools: CloudTools, settings: AzureSettings = {}): Promise<Azure> {
  const account = openAccount()
  for (const namespace of settings.unregistered ?? []) {
    account.registrations.set(namespace, 'NotRegistered')
  }
  const schedule = openSchedule()
  let publicAddresses = 0
  const world: World = {
    account,
    operations: openOperations(),
    faults: tools.faults,
    schedule,
    bootTime: tools.bootTime,
    consistencyDelay: tools.consistencyDelay,
    subscriptionState: settings.subscriptionState ?? 'Enabled',
    pageSize: settings.pageSize ?? 100,
    coreLimit: settings.coreLimit ?? 1024,
    addressLimit: settings.addressLimit ?? 1000,
    newPublicAddress() {
      publicAddresses += 1
      return formatIpv4(firstPublicAddress + publicAddresses)
    },
    createMachine: tools.createMachine,
  }
  const identity = openIdentity(tools, settings.token)
  // A profile of the person whose computer this is would name another subscription.
  const profile = join(tools.folder, 'profile')
  await mkdir(profile, { recursive: true })
  return {
    endpoints: [
      identity.endpoint,
      openDiagnosticsStorage(world),
      openArm({ world, identity, calls: tools.calls }),
    ],
    environment: (url) => ({
      AZURE_RESOURCE_MANAGER_ENDPOINT: url,
      AZURE_SUBSCRIPTION_ID: subscriptionId,
      AZURE_LOCATION: 'westeurope',
      AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      AZURE_CONFIG_DIR: profile,
      IDENTITY_ENDPOINT: `${url}${tokenPath}`,
      IDENTITY_HEADER: identity.secret,
    }),
    snapshots: openSnapshots(account),
    close: schedule.close,
  }
}
