import { z } from 'zod'
import { networkVersions } from '../api-versions.ts'
import type { Held, Kind } from '../kind.ts'
import { refuseWhileBusy, settle } from '../resource-base.ts'
import { formatResourceId, nameOf, parentOf } from '../resource-id.ts'
import type { Subnet, VirtualNetwork } from '../resources.ts'
import { parseBody, readOnly } from '../wire/body.ts'
import { notFound } from '../wire/errors.ts'
import { pace, type World } from '../world.ts'
import {
  checkOverlaps,
  makeSubnet,
  refuseWhileUsed,
  subnetProperties,
  viewSubnet,
} from './subnet-body.ts'

const body = z.strictObject({
  id: readOnly,
  name: readOnly,
  type: readOnly,
  etag: readOnly,
  properties: subnetProperties,
})

/** Subnets of a network one by one. Only one change of a network goes on at a time. */
export const subnets: Kind = {
  type: 'Microsoft.Network/virtualNetworks/subnets',
  operations: 'subnets',
  apiVersions: networkVersions,
  plan(request, world) {
    const name = nameOf(request.id)
    const { properties } = parseBody(body, request.body, 'Microsoft.Network')
    return {
      apply() {
        const parentId = formatResourceId(parentOf(request.id))
        const network = world.account.networks.get(parentId)
        if (network === undefined) {
          throw notFound(
            'ParentResourceNotFound',
            `Failed to perform 'write' on resource(s) of type 'virtualNetworks/subnets', because the parent resource ` +
              `'${parentId}' could not be found.`,
          )
        }
        refuseWhileBusy(network)
        const isNew = !network.subnets.has(name.toLowerCase())
        const subnet = makeSubnet(properties, {
          network,
          name,
          apiVersion: request.apiVersion,
          world,
        })
        const others = [...network.subnets.values()].filter(({ id }) => id !== subnet.id)
        checkOverlaps([subnet, ...others])
        network.subnets.set(name.toLowerCase(), subnet)
        const operation = settle(network, { state: 'Updating', after: pace.network }, world)
        return { held: hold(subnet, network, world), isNew, operation }
      },
    }
  },
  find(id, world) {
    const network = world.account.networks.get(formatResourceId(parentOf(id)))
    const subnet = network?.subnets.get(nameOf(id).toLowerCase())
    return network && subnet && hold(subnet, network, world)
  },
  list: (world) =>
    world.account.networks
      .values()
      .flatMap((network) => [...network.subnets.values()].map((one) => hold(one, network, world))),
}

function hold(subnet: Subnet, network: VirtualNetwork, world: World): Held {
  return {
    resource: network,
    etag: subnet.etag,
    view: () => viewSubnet(subnet, network, world),
    remove() {
      refuseWhileBusy(network)
      refuseWhileUsed(subnet, world)
      network.subnets.delete(subnet.name.toLowerCase())
      return settle(network, { state: 'Updating', after: pace.network }, world)
    },
  }
}
