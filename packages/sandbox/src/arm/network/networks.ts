import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { normalizeIpv4Range } from '../../ec2/networks/addresses.ts'
import { networkVersions } from '../api-versions.ts'
import type { Held, Kind } from '../kind.ts'
import {
  checkLocation,
  envelopeOf,
  newResource,
  refuseWhileBusy,
  removeLater,
  settle,
} from '../resource-base.ts'
import { formatResourceId } from '../resource-id.ts'
import type { VirtualNetwork } from '../resources.ts'
import { checkTags, envelope, parseBody, readOnly } from '../wire/body.ts'
import { badRequest } from '../wire/errors.ts'
import { pace, type World } from '../world.ts'
import {
  checkOverlaps,
  makeSubnet,
  refuseWhileUsed,
  subnetProperties,
  viewSubnet,
} from './subnet-body.ts'

const subnet = z.strictObject({
  id: readOnly,
  type: readOnly,
  etag: readOnly,
  name: z.string().min(1).max(80),
  properties: subnetProperties,
})

const body = z.strictObject({
  ...envelope,
  properties: z.strictObject({
    addressSpace: z.strictObject({
      addressPrefixes: z.array(z.string()).min(1),
      ipamPoolPrefixAllocations: z.array(z.never()).optional(),
    }),
    subnets: z.array(subnet).optional(),
    dhcpOptions: z.strictObject({ dnsServers: z.array(z.string()).optional() }).optional(),
    enableDdosProtection: z.boolean().optional(),
    privateEndpointVNetPolicies: z.string().optional(),
    virtualNetworkPeerings: z.array(z.never()).optional(),
    provisioningState: readOnly,
    resourceGuid: readOnly,
  }),
})
type Body = z.output<typeof body>

/** Virtual networks. A PUT without `subnets` leaves those that are there. */
export const networks: Kind = {
  type: 'Microsoft.Network/virtualNetworks',
  operations: 'virtualNetworks',
  apiVersions: networkVersions,
  plan(request, world) {
    const input = parseBody(body, request.body, 'Microsoft.Network')
    const tags = checkTags(input.tags)
    const existing = world.account.networks.get(formatResourceId(request.id))
    const location = checkLocation(input.location, request, existing)
    const cidrs = input.properties.addressSpace.addressPrefixes.map(readRange)
    return {
      apply() {
        if (existing !== undefined) refuseWhileBusy(existing)
        const network: VirtualNetwork = existing ?? {
          ...newResource(request, { location: location.name, tags }),
          guid: randomUUID(),
          cidrs,
          subnets: new Map(),
        }
        replaceSubnets(network, { input, cidrs, apiVersion: request.apiVersion }, world)
        network.tags = tags
        world.account.networks.set(network.id, network)
        const state = existing === undefined ? 'Creating' : 'Updating'
        const operation = settle(network, { state, after: pace.network }, world)
        return { held: hold(network, world), isNew: existing === undefined, operation }
      },
    }
  },
  find(id, world) {
    const network = world.account.networks.get(formatResourceId(id))
    return network && hold(network, world)
  },
  list: (world) => world.account.networks.values().map((network) => hold(network, world)),
}

interface Change {
  readonly input: Body
  readonly cidrs: readonly string[]
  readonly apiVersion: string
}

function replaceSubnets(network: VirtualNetwork, change: Change, world: World): void {
  const { input, cidrs, apiVersion } = change
  const wanted = input.properties.subnets
  // Checked as part of the network that is to be.
  const next = { ...network, cidrs }
  const made = wanted?.map(({ name, properties }) =>
    makeSubnet(properties, { network: next, name, apiVersion, world }),
  )
  if (made !== undefined) {
    checkOverlaps(made)
    for (const gone of network.subnets.values()) {
      if (!made.some(({ id }) => id === gone.id)) refuseWhileUsed(gone, world)
    }
    network.subnets.clear()
    for (const one of made) network.subnets.set(one.name.toLowerCase(), one)
  }
  network.cidrs = cidrs
}

function readRange(text: string): string {
  const cidr = normalizeIpv4Range(text)
  if (cidr !== undefined) return cidr
  throw badRequest(
    'InvalidAddressPrefixFormat',
    `Address prefix ${text} is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24.`,
  )
}

function hold(network: VirtualNetwork, world: World): Held {
  return {
    resource: network,
    etag: network.etag,
    view: () => ({
      ...envelopeOf(network),
      etag: network.etag,
      properties: {
        provisioningState: network.state,
        resourceGuid: network.guid,
        addressSpace: { addressPrefixes: network.cidrs },
        subnets: [...network.subnets.values()].map((one) => viewSubnet(one, network, world)),
        virtualNetworkPeerings: [],
        enableDdosProtection: false,
      },
    }),
    remove() {
      refuseWhileBusy(network)
      for (const one of network.subnets.values()) refuseWhileUsed(one, world)
      return removeLater(network, world, () => world.account.networks.delete(network.id))
    },
  }
}
