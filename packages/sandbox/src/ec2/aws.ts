import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatIpv4, parseIpv4 } from '../ipv4.ts'
import { openSchedule } from '../schedule.ts'
import type { CloudTools, SimulatedCloud } from '../simulated-cloud.ts'
import { regionNames, type SeedNetwork } from './catalog/regions.ts'
import { openEc2 } from './cloud.ts'
import { openLifecycle } from './instances/lifecycle.ts'
import { openRegion } from './region.ts'
import { type Ec2Snapshots, openSnapshots } from './snapshots.ts'
import { openSsm } from './ssm.ts'

export interface AwsOptions extends CloudTools {
  readonly vcpuLimit: number
  readonly seedNetworks: Readonly<Record<string, readonly SeedNetwork[]>>
}

export interface Aws extends SimulatedCloud {
  readonly snapshots: Ec2Snapshots
}

/** First of the addresses that RFC 2544 sets apart for tests: they lead nowhere. */
const firstPublicAddress = parseIpv4('198.18.0.1')

/** One AWS account: EC2 in all its regions, and what of SSM names images. */
export async function openAws(options: AwsOptions): Promise<Aws> {
  const { faults, calls } = options
  const credentials = {
    accessKeyId: 'AKIASANDBOX000000000',
    secretAccessKey: randomBytes(30).toString('base64url'),
  }
  // The SDK would read the files of the person whose computer this is.
  const emptyFile = join(options.folder, 'config')
  await writeFile(emptyFile, '')
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
    environment: (url) => ({
      AWS_ENDPOINT_URL_EC2: url,
      AWS_ENDPOINT_URL_SSM: url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: emptyFile,
      AWS_SHARED_CREDENTIALS_FILE: emptyFile,
    }),
    snapshots: openSnapshots(regions),
    close: schedule.close,
  }
}
