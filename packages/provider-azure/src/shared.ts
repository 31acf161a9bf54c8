import type { Call, MachineOrder, Prepared, Shared } from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import type { LaunchPlan } from './launch-plan.ts'
import type { Memory } from './memory.ts'
import { ensureOwnNetwork } from './networks.ts'
import { notYet } from './provisioning.ts'
import { ensureGroup } from './resource-groups.ts'
import { ensureNodeGroup, ensureSecurityGroup, firewallIds } from './security-groups.ts'

const azureShared = z.object({
  group: z.string(),
  subnet: z.string(),
  securityGroup: z.string(),
  nodes: z.string(),
})

/** What machines of a grid share on Azure: a resource group by name, the others by their ids. */
export type AzureShared = z.infer<typeof azureShared>

/** Takes back what `prepare` gave away; the kernel may have kept it in a file meanwhile. */
export function readShared(shared: Shared): AzureShared {
  return azureShared.parse(shared)
}

/**
 * Goes as far as Azure lets it and rejects with `BUSY` until all is there: machines cannot refer to what
 * is still being made. The kernel calls again; what is there by then is left as it is.
 */
export async function prepareShared(
  { cloud, plan, memory }: { cloud: Cloud; plan: LaunchPlan; memory: Memory },
  { owner, policy }: MachineOrder,
  call: Call,
): Promise<Prepared> {
  const { location, group, network, options } = plan
  await ensureGroup(cloud, { plan: group, owner, location }, call)
  memory.groups.add(group.name)
  const place = { owner, group: group.name, location }
  const [hasNodes, joined] = await Promise.allSettled([
    ensureNodeGroup(cloud, place, call),
    network.isGiven
      ? undefined
      : ensureOwnNetwork(cloud, { place, needsWayOut: !options.publicIp }, call),
  ])
  if (hasNodes.status === 'rejected') throw hasNodes.reason
  if (hasNodes.value) await ensureSecurityGroup(cloud, { place, policy }, call)
  if (joined.status === 'rejected') throw joined.reason
  if (!hasNodes.value) throw notYet(`the application security group of grid ${owner.grid}`)
  const ids = await firewallIds(cloud, place, call)
  const shared = { group: group.name, subnet: network.subnetId, ...ids } satisfies AzureShared
  return { shared, network: [] }
}
