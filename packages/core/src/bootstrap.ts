import { renderTemplate } from './bootstrap-templates.ts'
import {
  type AgentSource,
  agentUrl,
  parseAuthority,
  parseImage,
  parseInterface,
  parseMasterUrl,
  parseNames,
  parseResolver,
  parseSshKey,
} from './bootstrap-values.ts'
import { ProvisionError } from './errors.ts'
import { type FirewallRules, type HostFirewall, hostFirewall } from './host-firewall.ts'
import { packUserData, type UserDataLimit } from './pack-user-data.ts'
import type { Provider } from './provider.ts'
import type { UserCloudConfig } from './user-cloud-config.ts'

export interface BootstrapMaster {
  /** Where machines reach it, with http or https. */
  readonly url: string
  /** PEM of the only certificate authority to trust; the system's roots where undefined. */
  readonly ca: string | undefined
  /** SHA-256 (hex) of the agent that it hands out. */
  readonly agentBundle: string
}

/** Jinja expressions, as in the provider's `bootstrap`. Without the first two, a batch is one machine. */
export type MachineExpressions = Pick<
  Provider['bootstrap'],
  'launchIndex' | 'machineName' | 'machineId'
>

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
  const master = parseMasterUrl(options.master.url)
  const user = options.cloudConfig ?? { files: [], commands: [], sshKeys: [], entries: [] }
  const values = {
    user,
    names: parseNames(options.names),
    nameExpression: nameExpression(options),
    idExpression: options.identity.machineId ?? 'v1.instance_id',
    sshKeys: options.sshKeys.map(parseSshKey),
    hasKeys: options.sshKeys.length + user.sshKeys.length > 0,
    enrolment: enrolmentFile(options),
    environment: environmentFile({
      KONTENA_URI: agentUrl(master),
      SSL_CERT_FILE: options.master.ca === undefined ? undefined : '/etc/kontena/ca.pem',
    }),
    ...machineFiles(options.master, options.agent, hostFirewall(options.firewall)),
  }
  const text = renderTemplate('cloud-config.yaml', values)
  const bytes = packUserData(text, options.limit)
  if (bytes.length > options.limit.bytes) {
    throw tooLarge(bytes.length, options, {
      'node names': values.names.join().length,
      'SSH keys': values.sshKeys.join().length,
      "the master's CA": values.ca.length,
      'your cloud-config': Object.values(user).flat().join('\n').length,
    })
  }
  return bytes
}

export interface ManualBootstrapOptions {
  readonly master: BootstrapMaster
  readonly gridToken: string
  readonly agent: AgentSource
  /** Interface whose address other nodes use; the agent looks for itself where absent. */
  readonly peerInterface?: string | undefined
  /** Addresses of name servers; the network's own where absent. */
  readonly dns?: readonly string[] | undefined
}

/**
 * A cloud-config for machines made by hand, which join with the grid's token under their own host
 * name. It lets its reader add nodes to the grid, so it is to be kept like a password.
 */
export function renderManualCloudConfig(options: ManualBootstrapOptions): string {
  const { master, peerInterface, dns = [] } = options
  return renderTemplate('manual-cloud-config.yaml', {
    environment: environmentFile({
      KONTENA_URI: agentUrl(parseMasterUrl(master.url)),
      KONTENA_TOKEN: options.gridToken,
      KONTENA_PEER_INTERFACE:
        peerInterface === undefined ? undefined : parseInterface(peerInterface),
      SSL_CERT_FILE: master.ca === undefined ? undefined : '/etc/kontena/ca.pem',
    }),
    resolvers: dns.length === 0 ? '' : `[Resolve]\nDNS=${dns.map(parseResolver).join(' ')}\n`,
    ...machineFiles(master, options.agent, undefined),
  })
}

/** What both documents share. An empty text stands for a file that is not written. */
function machineFiles(
  master: BootstrapMaster,
  agent: AgentSource,
  firewall: FirewallRules | undefined,
) {
  const isComplete = 'image' in agent
  if (!/^[0-9a-f]{64}$/.test(master.agentBundle)) {
    throw new ProvisionError('BAD_OPTIONS', "the hash of the master's agent is not a SHA-256", {
      hint: 'start the master with an agent to hand out, or give --agent-image',
    })
  }
  return {
    master: `${parseMasterUrl(master.url)}\n`,
    ca: master.ca === undefined ? '' : parseAuthority(master.ca),
    agentBundle: isComplete ? '' : `${master.agentBundle}\n`,
    unit: renderTemplate('kontena-agent.service', {
      image: isComplete
        ? parseImage(agent.image, '--agent-image')
        : parseImage(agent.runtime, '--agent-runtime'),
      mounted: !isComplete,
      tellsPeers: firewall?.admitted.length,
    }),
    firewall,
  }
}

/**
 * Which of `names` the machine is, in jinja. What a cloud calls the machine counts only where it is one
 * of them: anything else is nobody's name here, and enrolment says so.
 */
function nameExpression({ identity, names }: BootstrapOptions): string {
  const { machineName, launchIndex } = identity
  if (machineName !== undefined) return `${machineName} if ${machineName} in names else ""`
  if (launchIndex === undefined && names.length !== 1) {
    throw new Error(`one bootstrap cannot name ${names.length} machines that nothing tells apart`)
  }
  return `names[${launchIndex ?? '0'} | int]`
}

/** The enrol script adds the id to `machine`, so that stays last, and the whole is one line. */
function enrolmentFile({ enrolment, provider, account }: BootstrapOptions): string {
  const machine = { provider, account: account.id, region: account.region, order: enrolment.order }
  return `${JSON.stringify({ secret: enrolment.secret, machine })}\n`
}

/** Lines as docker's `--env-file` reads them: no quoting, so no value holds a line's end. */
function environmentFile(variables: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(variables).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (/\p{Cc}/u.test(value)) {
      throw new ProvisionError('BAD_OPTIONS', `the value of ${name} has a control character in it`)
    }
    return [`${name}=${value}\n`]
  })
  return lines.join('')
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
