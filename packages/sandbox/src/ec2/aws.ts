import type { WritableCallLog } from '../calls.ts'
import type { ArmedFaults } from '../faults.ts'
import type { Machine, MachineOptions } from '../machine/machine.ts'
import { openSchedule } from '../schedule.ts'
import type { Endpoint } from '../server.ts'
import { regionNames, type SeedNetwork } from './catalog/regions.ts'
import { openEc2 } from './cloud.ts'
import { openLifecycle } from './instances/lifecycle.ts'
import { formatIpv4, parseIpv4 } from './networks/addresses.ts'
import { openRegion } from './region.ts'
import { type Ec2Snapshots, openSnapshots } from './snapshots.ts'
import { openSsm } from './ssm.ts'
import type { Credentials } from './wire/signature.ts'

export interface AwsOptions {
  readonly credentials: Credentials
  readonly faults: ArmedFaults
  readonly calls: WritableCallLog
  readonly createMachine: (options: MachineOptions) => Machine
  readonly bootTime: number
  readonly consistencyDelay: number
  readonly vcpuLimit: number
  readonly seedNetworks: Readonly<Record<string, readonly SeedNetwork[]>>
}

export interface Aws {
  readonly endpoints: readonly Endpoint[]
  readonly snapshots: Ec2Snapshots
  /** Stops what is on its way; machines are not its own to end. */
  close(): void
}

/** First of the addresses that RFC 2544 sets apart for tests: they lead nowhere. */
const firstPublicAddress = parseIpv4('198.18.0.1')

/** One AWS account: EC2 in all its regions, and what of SSM names images. */
export function openAws(options: AwsOptions): Aws {
  const { credentials, faults, calls } = options
  const schedule = openSchedule()
  const regions = new Map(
    regionNames.map((name) => [name, openRegion(name, options.seedNetworks[name])]),
  )
  let publicAddresses = 0
  const newPublicAddress = () => {
    publicAddresses += 1
    return formatIpv4(firstPublicAddress + publicAddresses)
  }
  const lifecycle = openLifecycle({
    bootTime: options.bootTime,
    schedule,
    faults,
    newPublicAddress,
  })
  const world = {
    faults,
    lifecycle,
    consistencyDelay: options.consistencyDelay,
    vcpuLimit: options.vcpuLimit,
    newPublicAddress,
    createMachine: options.createMachine,
  }
  return {
    endpoints: [
      openSsm({ credentials, faults, calls }),
      openEc2({ world, regions, credentials, calls }),
    ],
    snapshots: openSnapshots(regions),
    close: schedule.close,
  }
}
