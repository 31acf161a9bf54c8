import { renderTemplate } from './bootstrap-templates.ts'
import {
  type AgentSource,
  type BootstrapMaster,
  parseInterface,
  parseResolver,
} from './bootstrap-values.ts'
import { machineFiles } from './machine-files.ts'

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
  const { master, agent, peerInterface, dns = [] } = options
  return renderTemplate('manual-cloud-config.yaml', {
    resolvers: dns.length === 0 ? '' : `[Resolve]\nDNS=${dns.map(parseResolver).join(' ')}\n`,
    files: machineFiles({
      master,
      agent,
      join: {
        environment: {
          KONTENA_TOKEN: options.gridToken,
          KONTENA_PEER_INTERFACE:
            peerInterface === undefined ? undefined : parseInterface(peerInterface),
        },
      },
      host: 'own',
    }),
  })
}
