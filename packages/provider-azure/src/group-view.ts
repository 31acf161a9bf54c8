import type { Disk, VirtualMachine } from '@azure/arm-compute'
import type { NetworkInterface, PublicIPAddress } from '@azure/arm-network'
import type { DeploymentExtended } from '@azure/arm-resourcesdeployments'
import type { Call } from '@kontena/core'
import { all } from './answers.ts'
import type { Cloud } from './clients.ts'
import { unlessMissing } from './unless-missing.ts'

/** All of a resource group that can be a machine, a part of one, or make one. */
export interface GroupView {
  readonly group: string
  readonly machines: readonly VirtualMachine[]
  readonly nics: readonly NetworkInterface[]
  readonly addresses: readonly PublicIPAddress[]
  readonly disks: readonly Disk[]
  readonly deployments: readonly DeploymentExtended[]
}

/** Five lists, whatever the number of machines. Everything is absent from a group that is not there. */
export async function viewGroup(cloud: Cloud, group: string, call: Call): Promise<GroupView> {
  const ask = (kind: string, noun: string) => ({
    action: `${kind}/read`,
    about: `the ${noun} of resource group ${group}`,
    ...call,
  })
  const [machines, nics, addresses, disks, deployments] = await Promise.all([
    orNone(
      cloud.compute(ask('Microsoft.Compute/virtualMachines', 'machines'), ({ virtualMachines }) =>
        all(virtualMachines.list(group)),
      ),
    ),
    orNone(
      cloud.network(
        ask('Microsoft.Network/networkInterfaces', 'interfaces'),
        ({ networkInterfaces }) => all(networkInterfaces.list(group)),
      ),
    ),
    orNone(
      cloud.network(
        ask('Microsoft.Network/publicIPAddresses', 'public addresses'),
        ({ publicIPAddresses }) => all(publicIPAddresses.list(group)),
      ),
    ),
    orNone(
      cloud.compute(ask('Microsoft.Compute/disks', 'disks'), ({ disks }) =>
        all(disks.listByResourceGroup(group)),
      ),
    ),
    orNone(
      cloud.deployments(ask('Microsoft.Resources/deployments', 'deployments'), ({ deployments }) =>
        all(deployments.listByResourceGroup(group)),
      ),
    ),
  ])
  return { group, machines, nics, addresses, disks, deployments }
}

async function orNone<Item>(asked: Promise<Item[]>): Promise<Item[]> {
  return (await unlessMissing(asked)) ?? []
}
