import { z } from 'zod'
import { renderTemplate } from './bootstrap-templates.ts'
import {
  type AgentSource,
  type BootstrapMaster,
  parseDockerBridge,
  parseInterface,
  parseInterfaceMatch,
  parseResolver,
} from './bootstrap-values.ts'
import { type MachineFile, machineFiles } from './machine-files.ts'

export interface ManualBootstrapOptions {
  readonly master: BootstrapMaster
  readonly gridToken: string
  readonly agent: AgentSource
  /** Interface whose address other nodes use; the agent looks for itself where absent. */
  readonly peerInterface?: string | undefined
  /** Addresses of name servers; the network's own where absent. */
  readonly dns?: readonly string[] | undefined
  /** Interfaces that get an address by DHCP where nothing else on the machine sets them up. */
  readonly defaultInterfaceMatch?: string | undefined
  /** Address and range of Docker's bridge; Docker chooses where absent. */
  readonly dockerBridge?: string | undefined
}

/**
 * A cloud-config for machines made by hand, which join with the grid's token under their own host
 * name. It lets its reader add nodes to the grid, so it is to be kept like a password.
 */
export function renderManualCloudConfig(options: ManualBootstrapOptions): string {
  const { master, agent, peerInterface, dns = [] } = options
  const environment = {
    KONTENA_TOKEN: options.gridToken,
    KONTENA_PEER_INTERFACE: peerInterface === undefined ? undefined : parseInterface(peerInterface),
  }
  const files = machineFiles({ master, agent, join: { environment }, host: 'own' })
  const resolvers = dns.map(parseResolver)
  const match = options.defaultInterfaceMatch
  return renderTemplate('manual-cloud-config.yaml', {
    resolvers: resolvers.length === 0 ? '' : `[Resolve]\nDNS=${resolvers.join(' ')}\n`,
    network: match === undefined ? '' : defaultNetwork(parseInterfaceMatch(match)),
    files: files.map((file) => withBridge(file, options.dockerBridge)),
  })
}

/** Sorts after what the distribution and cloud-init write, which go first. */
function defaultNetwork(match: string): string {
  return `[Match]\nName=${match}\n\n[Network]\nDHCP=yes\n`
}

function withBridge(file: MachineFile, bridge: string | undefined): MachineFile {
  if (bridge === undefined || file.path !== '/etc/docker/daemon.json') return file
  const bip = parseDockerBridge(bridge)
  const settings = z.looseObject({}).parse(JSON.parse(file.content))
  return { ...file, content: `${JSON.stringify({ ...settings, bip }, null, 2)}\n` }
}
