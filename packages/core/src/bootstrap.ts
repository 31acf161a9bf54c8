import { type MachineExpressions, renderCloudConfig } from './bootstrap-cloud-config.ts'
import type { AgentSource, BootstrapMaster } from './bootstrap-values.ts'
import { ProvisionError } from './errors.ts'
import type { HostFirewall } from './host-firewall.ts'
import { machineFiles } from './machine-files.ts'
import { packUserData, type UserDataLimit } from './pack-user-data.ts'
import type { UserCloudConfig } from './user-cloud-config.ts'

export interface BootstrapOptions {
  /** Node names by launch index. */
  readonly names: readonly string[]
  /** How a machine finds its own name and id in cloud-init's instance data. */
  readonly identity: MachineExpressions
  readonly master: BootstrapMaster
  readonly enrolment: { readonly secret: string; readonly order: string }
  readonly provider: string
  readonly account: { readonly id: string; readonly region: string }
  readonly agent: AgentSource
  /** Further variables of the agent's environment. */
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** What the machine's own firewall does; absent where the cloud's does it all. */
  readonly firewall?: HostFirewall | undefined
  /** Lines of public key files, for the image's own user. */
  readonly sshKeys: readonly string[]
  /** The person's own, merged into ours. */
  readonly cloudConfig?: UserCloudConfig | undefined
  readonly limit: UserDataLimit
}

const nothing: UserCloudConfig = { files: [], commands: [], sshKeys: [], entries: [] }

/**
 * The user data with which a batch of machines boots. The same options give the same bytes. Throws
 * `BAD_OPTIONS` for a value that cannot be right and `BOOTSTRAP_TOO_LARGE` above the limit.
 */
export function renderBootstrap(options: BootstrapOptions): Uint8Array {
  const { master, agent, enrolment, provider, account, firewall, environment } = options
  const join = { enrolment, provider, account }
  const files = machineFiles({ master, agent, join, environment, firewall, host: 'own' })
  const cloudConfig = options.cloudConfig ?? nothing
  const text = renderCloudConfig({ ...options, cloudConfig, files })
  const bytes = packUserData(text, options.limit)
  if (bytes.length > options.limit.bytes) {
    throw tooLarge(bytes.length, options, {
      'node names': options.names.join().length,
      'SSH keys': options.sshKeys.join().length,
      "the master's CA": master.ca?.length ?? 0,
      'your cloud-config': Object.values(cloudConfig).flat().join('\n').length,
    })
  }
  return bytes
}

function tooLarge(
  size: number,
  { limit, names }: BootstrapOptions,
  parts: Readonly<Record<string, number>>,
): ProvisionError {
  const number = (value: number): string => value.toLocaleString('en')
  const sizes = Object.entries(parts).flatMap(([part, bytes]) =>
    bytes === 0 ? [] : `${part} ${number(bytes)}`,
  )
  return new ProvisionError(
    'BOOTSTRAP_TOO_LARGE',
    `what ${names.length === 1 ? 'a machine boots' : `${names.length} machines boot`} with is ${number(size)} bytes gzipped, and the provider takes ${number(limit.bytes)}`,
    {
      hint: `make fewer machines at a time, or shorten what is long (bytes: ${sizes.join(', ')})`,
    },
  )
}
