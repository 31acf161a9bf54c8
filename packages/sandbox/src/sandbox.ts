import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CallLog, openCallLog } from './calls.ts'
import { openAws } from './ec2/aws.ts'
import type { SeedNetwork } from './ec2/catalog/regions.ts'
import type { Ec2Snapshots } from './ec2/snapshots.ts'
import { openFaultControl } from './fault-control.ts'
import { type Faults, openFaults } from './faults.ts'
import { openMachineRoom } from './machine/machine-room.ts'
import { listen } from './server.ts'

export interface SandboxOptions {
  /** Loopback port; any free one where absent. */
  readonly port?: number | undefined
  /** Milliseconds from the create call until a machine's user data runs; other times follow it. */
  readonly bootTime?: number | undefined
  /** Whether each agent has a process of its own, or all share one so that many machines fit. */
  readonly agents?: 'process' | 'shared' | undefined
  /** Folder in which the sandbox makes its own, which it removes at the end. */
  readonly scratch?: string | undefined
  /** Milliseconds for which a new machine is missing from the cloud's lists. */
  readonly consistencyDelay?: number | undefined
  /** EC2 networks by region, instead of what an account usually has there. */
  readonly seedNetworks?: Readonly<Record<string, readonly SeedNetwork[]>> | undefined
  /** vCPUs that may run at once in an EC2 region. */
  readonly vcpuLimit?: number | undefined
  /** A Docker socket that all machines' agents may use; simulated machines have none. */
  readonly dockerSocket?: string | undefined
}

/** Simulated clouds, running. */
export interface Sandbox {
  readonly url: string
  /** Variables for a shell in which cloud SDKs and commands talk to the sandbox. */
  environment(): Record<string, string>
  readonly faults: Faults
  readonly calls: CallLog
  readonly ec2: Ec2Snapshots
  /** Ends every machine, closes the port and removes the scratch folder. */
  close(): Promise<void>
}

const usualBootTime = 2000
const usualVcpuLimit = 1024

/** Starts simulated clouds on one loopback port. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const scratch = await mkdtemp(join(options.scratch ?? tmpdir(), 'kontena-sandbox-'))
  const faults = openFaults()
  const calls = openCallLog()
  const machines = openMachineRoom({
    scratch,
    agents: options.agents ?? 'process',
    dockerSocket: options.dockerSocket,
  })
  const credentials = {
    accessKeyId: 'AKIASANDBOX000000000',
    secretAccessKey: randomBytes(30).toString('base64url'),
  }
  const aws = openAws({
    credentials,
    faults,
    calls,
    createMachine: machines.create,
    bootTime: options.bootTime ?? usualBootTime,
    consistencyDelay: options.consistencyDelay ?? 0,
    vcpuLimit: options.vcpuLimit ?? usualVcpuLimit,
    seedNetworks: options.seedNetworks ?? {},
  })
  const emptyFile = join(scratch, 'aws-config')
  await writeFile(emptyFile, '')
  const endpoints = [openFaultControl(faults, calls), ...aws.endpoints]
  const listener = await listen(endpoints, options.port).catch(async (error: unknown) => {
    await rm(scratch, { recursive: true, force: true })
    throw error
  })
  return {
    url: listener.url,
    environment: () => ({
      AWS_ENDPOINT_URL_EC2: listener.url,
      AWS_ENDPOINT_URL_SSM: listener.url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: emptyFile,
      AWS_SHARED_CREDENTIALS_FILE: emptyFile,
    }),
    faults,
    calls,
    ec2: aws.snapshots,
    async close() {
      await listener.close()
      aws.close()
      await machines.close()
      await rm(scratch, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
