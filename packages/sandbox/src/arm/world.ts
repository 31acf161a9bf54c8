import type { ArmedFaults } from '../faults.ts'
import type { Machine, MachineOptions } from '../machine/machine.ts'
import type { Schedule } from '../schedule.ts'
import type { Account } from './account.ts'
import type { Operations } from './operations.ts'

/** Only an enabled subscription, or one that was merely warned, lets anything be changed. */
export type SubscriptionState = 'Enabled' | 'Warned' | 'PastDue' | 'Disabled'

/** What calls work on. */
export interface World {
  readonly account: Account
  readonly operations: Operations
  readonly faults: ArmedFaults
  readonly schedule: Schedule
  /** Milliseconds from a machine's PUT until its user data runs; other times follow it. */
  readonly bootTime: number
  /** Milliseconds for which new machines and interfaces are missing from lists. */
  readonly consistencyDelay: number
  readonly subscriptionState: SubscriptionState
  /** Entries of a list that come in one page. */
  readonly pageSize: number
  /** vCPUs that may run at once in a location. */
  readonly coreLimit: number
  /** Public addresses in a location. */
  readonly addressLimit: number
  readonly newPublicAddress: () => string
  readonly createMachine: (options: MachineOptions) => Machine
}

/** Parts of the boot time that Azure's work takes. */
export const pace = {
  network: 0.05,
  untilRunning: 0.4,
  untilProvisioned: 0.8,
  untilFailed: 0.3,
  shutdown: 0.5,
  forcedShutdown: 0.25,
  /** How long a failed machine holds on to its interfaces; 180 seconds in Azure. */
  reservation: 1,
} as const
