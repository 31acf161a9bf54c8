import { renderBootstrap } from '../bootstrap.ts'
import type { Plan } from './plan.ts'
import type { Scope } from './scope.ts'

/** How the user data of this order's machines is made, once there is a secret for them. */
export function orderBootstrap(
  plan: Plan,
  scope: Scope,
  secret: string,
): (names: readonly string[]) => Uint8Array {
  const { provider, master, masterUrl, agentBundle, account } = scope
  return (names) =>
    renderBootstrap({
      names,
      launchIndex: provider.bootstrap.launchIndex,
      master: { url: masterUrl, ca: master.ca, agentBundle },
      enrolment: { secret, order: plan.id },
      provider: provider.name,
      account: { id: account.id, region: account.region },
      agent: plan.request.agent,
      sshKeys: plan.request.sshKeys,
      limit: { bytes: provider.limits.userDataBytes, gzip: provider.bootstrap.gzip },
    })
}
