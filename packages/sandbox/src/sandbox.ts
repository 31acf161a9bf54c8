import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AzureSettings, openAzure } from './arm/azure.ts'
import type { AzureSnapshots } from './arm/snapshots.ts'
import { type CallLog, openCallLog } from './calls.ts'
import { openDigitalocean } from './digitalocean/digitalocean.ts'
import type { DigitaloceanSnapshots } from './digitalocean/snapshots.ts'
import type { RateLimits } from './digitalocean/wire/rate-limit.ts'
import { openAws } from './ec2/aws.ts'
import type { SeedNetwork } from './ec2/catalog/regions.ts'
import type { Ec2Snapshots } from './ec2/snapshots.ts'
import { openFaultControl } from './fault-control.ts'
import { type Faults, openFaults } from './faults.ts'
import { openMachineRoom } from './machine/machine-room.ts'
import { answerDirectly, type DirectReply, type DirectRequest } from './own-process.ts'
import { listen } from './server.ts'
import type { CloudTools, SimulatedCloud } from './simulated-cloud.ts'
import type { UpcloudSnapshots } from './upcloud/snapshots.ts'
import { openUpcloud } from './upcloud/upcloud.ts'
import { openWorkshop, type VirtualMachineSettings } from './vm/virtual-machines.ts'

export interface SandboxOptions {
  /** Loopback port; any free one where absent. */
  readonly port?: number | undefined
  /** Milliseconds from the create call until a machine's user data runs; other times follow it. */
  readonly bootTime?: number | undefined
  /**
   * Whether each agent has a process of its own, or all share one so that many machines fit. With `none`
   * machines go through their states and run nothing.
   */
  readonly agents?: 'process' | 'shared' | 'none' | undefined
  /**
   * What a machine is: a folder in which the bootstrap's scripts and the agent run as processes, or, with
   * `vm`, a virtual machine of qemu that really boots.
   */
  readonly boot?: 'process' | 'vm' | undefined
  /** What virtual machines are made from and of; of no use to others. */
  readonly virtualMachines?: VirtualMachineSettings | undefined
  /** Folder in which the sandbox makes its own, which it removes at the end. */
  readonly scratch?: string | undefined
  /** Milliseconds for which a new machine is missing from the cloud's lists. */
  readonly consistencyDelay?: number | undefined
  /** EC2 networks by region, instead of what an account usually has there. */
  readonly seedNetworks?: Readonly<Record<string, readonly SeedNetwork[]>> | undefined
  /** vCPUs that may run at once in an EC2 region. */
  readonly vcpuLimit?: number | undefined
  /** Droplets that may exist at once at DigitalOcean. */
  readonly dropletLimit?: number | undefined
  /** CPU cores that may exist at once at UpCloud. */
  readonly coreLimit?: number | undefined
  /** What a DigitalOcean token may ask for; time is short here, so nothing limits bursts where absent. */
  readonly rateLimits?: RateLimits | undefined
  /** What is to be different about the Azure subscription. */
  readonly azure?: AzureSettings | undefined
  /** A Docker socket that all machines' agents may use; simulated machines have none. */
  readonly dockerSocket?: string | undefined
}

/** Simulated clouds, running. */
export interface Sandbox {
  readonly url: string
  /** Variables for a shell in which cloud SDKs and commands talk to the sandbox. */
  environment(): Record<string, string>
  /** As {@link url} answers, without the way there; undefined where the connection would be dropped. */
  answer(request: DirectRequest): Promise<DirectReply | undefined>
  readonly faults: Faults
  readonly calls: CallLog
  readonly ec2: Ec2Snapshots
  readonly azure: AzureSnapshots
  readonly digitalocean: DigitaloceanSnapshots
  readonly upcloud: UpcloudSnapshots
  /** Ends every machine, closes the port and removes the scratch folder. */
  close(): Promise<void>
}

const usualBootTime = 2000
const usualVcpuLimit = 1024
const usualDropletLimit = 200
const usualCoreLimit = 400
const usualRateLimits = { hourly: 5000, burst: Number.POSITIVE_INFINITY }

/**
 * Starts simulated clouds on one loopback port.
 *
 * @throws BootProblem where virtual machines are asked for and cannot be had, before anything is started
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const folder = options.scratch ?? tmpdir()
  const settings = options.virtualMachines ?? {}
  const workshop = options.boot === 'vm' ? await openWorkshop(settings, folder) : undefined
  const scratch = await mkdtemp(join(folder, 'kontena-sandbox-'))
  const faults = openFaults()
  const calls = openCallLog()
  const machines = openMachineRoom({
    scratch,
    agents: options.agents ?? 'process',
    dockerSocket: options.dockerSocket,
    workshop,
  })
  const toolsOf = async (name: string): Promise<CloudTools> => {
    const folder = join(scratch, 'clouds', name)
    await mkdir(folder, { recursive: true })
    return {
      faults,
      calls,
      createMachine: machines.create,
      bootTime: options.bootTime ?? usualBootTime,
      consistencyDelay: options.consistencyDelay ?? 0,
      folder,
    }
  }
  const aws = await openAws({
    ...(await toolsOf('aws')),
    vcpuLimit: options.vcpuLimit ?? usualVcpuLimit,
    seedNetworks: options.seedNetworks ?? {},
  })
  const digitalocean = openDigitalocean({
    ...(await toolsOf('digitalocean')),
    dropletLimit: options.dropletLimit ?? usualDropletLimit,
    rateLimits: options.rateLimits ?? usualRateLimits,
  })
  const upcloud = openUpcloud({
    ...(await toolsOf('upcloud')),
    coreLimit: options.coreLimit ?? usualCoreLimit,
  })
  const azure = await openAzure(await toolsOf('azure'), options.azure)
  const clouds: readonly SimulatedCloud[] = [aws, azure, digitalocean, upcloud]
  const endpoints = [
    openFaultControl(faults, calls, machines.list),
    ...clouds.flatMap((cloud) => cloud.endpoints),
  ]
  const listener = await listen(endpoints, options.port).catch(async (error: unknown) => {
    await rm(scratch, { recursive: true, force: true })
    throw error
  })
  return {
    url: listener.url,
    environment: () => Object.assign({}, ...clouds.map((cloud) => cloud.environment(listener.url))),
    answer: (request) => answerDirectly(endpoints, request),
    faults,
    calls,
    ec2: aws.snapshots,
    azure: azure.snapshots,
    digitalocean: digitalocean.snapshots,
    upcloud: upcloud.snapshots,
    async close() {
      await listener.close()
      for (const cloud of clouds) cloud.close()
      await machines.close()
      await rm(scratch, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
