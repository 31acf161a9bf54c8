import { type MachineExpressions, renderCloudConfig } from './bootstrap-cloud-config.ts'
import { type AgentSource, type BootstrapMaster, parseNames } from './bootstrap-values.ts'
import { ProvisionError } from './errors.ts'
import type { HostFirewall } from './host-firewall.ts'
import { renderIgnition } from './ignition.ts'
import { type MachineFile, machineFiles } from './machine-files.ts'
import { packUserData, type UserDataLimit } from './pack-user-data.ts'
import type { BootstrapFormat, Provider } from './provider.ts'
import { renderScript } from './script.ts'
import type { UserCloudConfig } from './user-cloud-config.ts'
import { withoutComments } from './without-comments.ts'

export interface BootstrapOptions {
  /** What the machine reads at boot; `cloud-config` where absent. */
  readonly format?: BootstrapFormat | undefined
  /** Node names by launch index. */
  readonly names: readonly string[]
  /** How a machine finds its own name and id. */
  readonly identity: MachineExpressions & Pick<Provider['bootstrap'], 'idRequests'>
  readonly master: BootstrapMaster
  readonly enrolment: { readonly secret: string; readonly order: string }
  readonly provider: string
  readonly account: { readonly id: string; readonly region: string }
  readonly agent: AgentSource
  /** What the machine's own firewall does; absent where the cloud's does it all. */
  readonly firewall?: HostFirewall | undefined
  /** Lines of public key files, for the image's own user. */
  readonly sshKeys: readonly string[]
  /** The person's own, merged into ours. */
  readonly cloudConfig?: UserCloudConfig | undefined
  readonly limit: UserDataLimit
}

/**
 * The user data with which a batch of machines boots. The same options give the same bytes. Throws
 * `BAD_OPTIONS` for a value that cannot be right and `BOOTSTRAP_TOO_LARGE` above the limit.
 */
export function renderBootstrap(options: BootstrapOptions): Uint8Array {
  const { format = 'cloud-config', limit } = options
  const render = renderers[format]
  const files = machineFiles({ ...options, join: options, host: hosts[format] })
  const whole = render(options, files)
  if (whole.length <= limit.bytes) return whole
  const bytes = render(options, files.map(withoutComments))
  if (bytes.length > limit.bytes) throw tooLarge(bytes.length, options)
  return bytes
}

const nothing: UserCloudConfig = { files: [], commands: [], sshKeys: [], entries: [] }

type Render = (options: BootstrapOptions, files: readonly MachineFile[]) => Uint8Array

const renderers: Readonly<Record<BootstrapFormat, Render>> = {
  'cloud-config': (options, files) => {
    const { cloudConfig = nothing, limit } = options
    return packUserData(renderCloudConfig({ ...options, cloudConfig, files }), limit)
  },
  ignition: (options, files) => {
    if (options.cloudConfig !== undefined) throw notForIgnition()
    const { idRequests } = options.identity
    if (idRequests === undefined) throw new Error('nothing tells a machine its id')
    const { sshKeys } = options
    return Buffer.from(renderIgnition({ name: onlyName(options), idRequests, sshKeys, files }))
  },
  script: (options, files) => Buffer.from(orderScript(options, files)),
}

/** Where a script runs, somebody else was first. */
const hosts = { 'cloud-config': 'own', ignition: 'own', script: 'lent' } as const

/** The host's own accounts and settings are nobody's to change there. */
function orderScript(options: BootstrapOptions, files: readonly MachineFile[]): string {
  const name = onlyName(options)
  if (options.cloudConfig !== undefined) throw notThere('--cloud-config', options)
  if (options.sshKeys.length > 0) throw notThere('--ssh-key', options)
  return renderScript({
    about: [
      `Makes the host on which root runs it the node ${name}.`,
      'It holds the secret of an order, which is good for this name, once, and for some minutes.',
    ],
    name,
    master: options.master,
    order: options.enrolment.order,
    files,
  })
}

function onlyName(options: BootstrapOptions): string {
  const [name, ...others] = parseNames(options.names)
  if (name !== undefined && others.length === 0) return name
  throw new Error(`one document cannot name ${options.names.length} machines`)
}

function notForIgnition(): ProvisionError {
  return new ProvisionError('BAD_OPTIONS', '--cloud-config is for images that have cloud-init', {
    hint: 'leave it out, or choose another --image',
  })
}

function notThere(flag: string, { provider }: BootstrapOptions): ProvisionError {
  return new ProvisionError('BAD_OPTIONS', `${flag} is not for machines of ${provider}`, {
    hint: 'they are hosts with accounts and settings of their own: change those there, and leave the flag out',
  })
}

function tooLarge(size: number, options: BootstrapOptions): ProvisionError {
  const { limit, names, sshKeys, master, cloudConfig = nothing } = options
  const parts = {
    'node names': names.join().length,
    'SSH keys': sshKeys.join().length,
    "the master's CA": master.ca?.length ?? 0,
    'your cloud-config': Object.values(cloudConfig).flat().join('\n').length,
  }
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
