import type { WritableCallLog } from './calls.ts'
import type { ArmedFaults } from './faults.ts'
import type { Machine, MachineOptions } from './machine/machine.ts'
import type { Endpoint } from './server.ts'

/** What the sandbox gives to each cloud that it simulates. */
export interface CloudTools {
  readonly faults: ArmedFaults
  readonly calls: WritableCallLog
  readonly createMachine: (options: MachineOptions) => Machine
  /** Milliseconds from the create call until a machine's user data runs; other times follow it. */
  readonly bootTime: number
  /** Milliseconds for which a new machine is missing from the cloud's lists. */
  readonly consistencyDelay: number
  /** An empty folder of the cloud's own, for files that its SDK is to read; gone when the sandbox ends. */
  readonly folder: string
}

/** One cloud, simulated: what answers for it, and how its SDK and its command are pointed there. */
export interface SimulatedCloud {
  readonly endpoints: readonly Endpoint[]
  /** Variables for a shell, given the sandbox's own URL. */
  environment(url: string): Record<string, string>
  /** Stops what is on its way; machines are not its own to end. */
  close(): void
}
