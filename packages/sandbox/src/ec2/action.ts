import type { z } from 'zod'
import type { ArmedFaults } from '../faults.ts'
import type { Machine, MachineOptions } from '../machine/machine.ts'
import type { Lifecycle } from './instances/lifecycle.ts'
import type { Region } from './region.ts'
import { parseInput } from './wire/fields.ts'
import type { Xml } from './wire/xml.ts'

/** What actions work on besides the region they were called in. */
export interface World {
  readonly faults: ArmedFaults
  readonly lifecycle: Lifecycle
  /** Milliseconds for which new instances are missing from descriptions. */
  readonly consistencyDelay: number
  /** vCPUs that may run at once in a region. */
  readonly vcpuLimit: number
  /** An address that no machine of this account has. */
  readonly newPublicAddress: () => string
  readonly createMachine: (options: MachineOptions) => Machine
}

export interface CallContext {
  readonly region: Region
  readonly world: World
}

/** Carries out what was checked, and says what the reply holds. */
export type Commit = () => Xml

/** One call of EC2's API. */
export interface Action {
  /** Checks everything and changes nothing: a dry run ends here. Throws Ec2Error. */
  plan(parameters: unknown, context: CallContext): Commit
}

export function defineAction<Input>(
  input: z.ZodType<Input>,
  plan: (input: Input, context: CallContext) => Commit,
): Action {
  return {
    plan: (parameters, context) => plan(parseInput(input, parameters), context),
  }
}

/** Reply of calls that only say that they worked. */
export const succeeded: Xml = { return: true }
