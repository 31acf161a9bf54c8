import { z } from 'zod'
import type { Account, Network, Server, UpcloudCall, UpcloudRoute } from '../account.ts'
import { findZone } from '../catalog/zones.ts'
import { badRequest, conflict, forbidden, notFound } from '../refusals.ts'
import { labelList, readBody, labels as wrappedLabels, yesNo } from '../wire/fields.ts'
import { checkLabels, withLabels } from '../wire/labels.ts'
import { isUuid } from '../wire/uuid.ts'
import { checkRange, makeNetwork } from './make.ts'

const ipNetwork = z.strictObject({
  address: z.string(),
  dhcp: yesNo.default('no'),
  dhcp_bootfile_url: z.string().optional(),
  dhcp_default_route: yesNo.default('no'),
  dhcp_dns: z.array(z.string()).optional(),
  dhcp_routes: z.array(z.string()).optional(),
  dhcp_routes_configuration: z.unknown().optional(),
  family: z.enum(['IPv4', 'IPv6']),
  gateway: z.string().optional(),
})
/** Recorded calls wrap labels of networks once, the newest description twice. */
const labels = z.union([labelList, wrappedLabels.transform(({ label }) => label)])
const creation = z.strictObject({
  network: z.strictObject({
    name: z.string().min(1).max(255),
    zone: z.string(),
    type: z.literal('private').default('private'),
    ip_networks: z.strictObject({ ip_network: z.array(ipNetwork).length(1) }),
    labels: labels.default([]),
    router: z.string().optional(),
  }),
})
const change = z.strictObject({
  network: z.strictObject({
    name: z.string().min(1).max(255).optional(),
    labels: labels.optional(),
    router: z.string().nullable().optional(),
    ip_networks: z.strictObject({ ip_network: z.array(ipNetwork.partial()) }).optional(),
  }),
})
const codes = { name: 'NETWORK_NAME', type: 'NETWORK_TYPE' }

export const networkRoutes: readonly UpcloudRoute[] = [
  { method: 'GET', path: 'network', action: 'network.list', answer: list },
  { method: 'POST', path: 'network', action: 'network.create', answer: create },
  {
    method: 'GET',
    path: 'network/:network',
    action: 'network.get',
    answer: (call) => shown(200, namedNetwork(call), call.world),
  },
  { method: 'PUT', path: 'network/:network', action: 'network.modify', answer: modify },
  { method: 'DELETE', path: 'network/:network', action: 'network.delete', answer: remove },
]

function list({ query, world }: UpcloudCall) {
  const zone = query.get('zone')
  const all = [...world.networks.values()].filter((one) => zone === null || one.zone.id === zone)
  const network = withLabels(all, query).map((one) => view(one, world))
  return { status: 200, body: { networks: { network } } }
}

function create({ body, world }: UpcloudCall) {
  const { network: input } = readBody(creation, body, codes)
  const zone = findZone(input.zone)
  if (zone === undefined) {
    throw notFound('ZONE_NOT_FOUND', `The zone ${input.zone} does not exist.`)
  }
  checkLabels(input.labels)
  const [range] = input.ip_networks.ip_network
  if (range === undefined) throw badRequest('IP_NETWORK_MISSING', 'There is no ip_network.')
  const { name, labels, router } = input
  const network = makeNetwork(world, { name, zone, labels, router, range })
  return shown(201, network, world)
}

function modify(call: UpcloudCall) {
  const network = ownNetwork(call)
  const { network: input } = readBody(change, call.body, codes)
  checkLabels(input.labels ?? [])
  const [range] = network.ranges
  const changed = { ...range, ...input.ip_networks?.ip_network[0] }
  if (changed.address !== undefined && changed.family !== undefined) {
    const whole = { ...changed, address: changed.address, family: changed.family }
    checkRange(whole)
    Object.assign(network, { ranges: [whole] })
  }
  network.name = input.name ?? network.name
  network.labels = input.labels ?? network.labels
  if (input.router !== undefined) network.router = input.router ?? undefined
  return shown(200, network, call.world)
}

function remove(call: UpcloudCall) {
  const network = ownNetwork(call)
  if (serversOf(network, call.world).length > 0) {
    throw conflict('NETWORK_NOT_EMPTY', `The network ${network.uuid} has servers attached to it.`)
  }
  call.world.networks.delete(network.uuid)
  return { status: 204 }
}

export function findNetwork(account: Account, uuid: string): Network {
  if (!isUuid(uuid)) throw badRequest('NETWORK_INVALID', 'The network UUID is invalid.')
  const network = account.networks.get(uuid)
  if (network !== undefined) return network
  throw notFound('NETWORK_NOT_FOUND', `The network ${uuid} does not exist.`)
}

function namedNetwork({ parameters: { network = '' }, world }: UpcloudCall): Network {
  return findNetwork(world, network)
}

/** Those of a zone belong to nobody. */
function ownNetwork(call: UpcloudCall): Network {
  const network = namedNetwork(call)
  if (network.type === 'private') return network
  throw forbidden('NETWORK_FORBIDDEN', `The network ${network.uuid} belongs to another account.`)
}

function serversOf(network: Network, account: Account): readonly Server[] {
  return [...account.servers.values()].filter(({ interfaces }) =>
    interfaces.some((one) => one.network === network),
  )
}

function shown(status: number, network: Network, account: Account) {
  return { status, body: { network: view(network, account) } }
}

function view(network: Network, account: Account) {
  const attached = serversOf(network, account)
  const servers = attached.map(({ uuid, title }) => ({ title, uuid }))
  return {
    ip_networks: { ip_network: network.ranges },
    labels: network.labels,
    name: network.name,
    ...(network.router === undefined ? {} : { router: network.router }),
    ...(servers.length === 0 ? {} : { servers: { server: servers } }),
    type: network.type,
    uuid: network.uuid,
    zone: network.zone.id,
  }
}
