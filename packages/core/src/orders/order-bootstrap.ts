import { renderBootstrap } from '../bootstrap.ts'
import type { AgentSource } from '../bootstrap-values.ts'
import type { NetworkPolicy } from '../network-policy.ts'
import type { Preflight } from '../provider.ts'
import type { UserCloudConfig } from '../user-cloud-config.ts'
import type { Scope } from './scope.ts'

/** What of an order lands on its machines. */
export interface Bootable {
  readonly id: string
  readonly request: {
    readonly agent: AgentSource
    readonly sshKeys: readonly string[]
    readonly policy: NetworkPolicy
  }
  readonly cloudConfig: UserCloudConfig | undefined
  readonly preflight: Pick<Preflight, 'format'>
}

export interface OrderSecrets {
  /** With which machines of the order enrol. */
  readonly secret: string
  /** As in `Prepared.network`. */
  readonly network: readonly string[]
}

/** How the user data of this order's machines is made, once there is a secret for them. */
export function orderBootstrap(
  { id, request, cloudConfig, preflight }: Bootable,
  scope: Scope,
  { secret, network }: OrderSecrets,
): (names: readonly string[]) => Uint8Array {
  const { provider, master, masterUrl, agentBundle, account } = scope
  return (names) =>
    renderBootstrap({
      format: preflight.format ?? provider.bootstrap.format,
      names,
      identity: provider.bootstrap,
      master: { url: masterUrl, ca: master.ca, agentBundle },
      enrolment: { secret, order: id },
      provider: provider.name,
      account: { id: account.id, region: account.region },
      agent: request.agent,
      firewall: {
        policy: provider.abilities.firewall.esp === 'host' ? request.policy : undefined,
        network,
        metadataServices: provider.bootstrap.metadataServices,
      },
      sshKeys: request.sshKeys,
      cloudConfig,
      limit: { bytes: provider.limits.userDataBytes, gzip: provider.bootstrap.gzip },
    })
}
