import { computeVersions, networkVersions } from '../api-versions.ts'
import { usedCores } from '../compute/room.ts'
import { formatGroupId } from '../resource-id.ts'
import { type Call, inSubscription, type Route } from '../route.ts'
import { badRequest } from '../wire/errors.ts'
import { pageOf } from '../wire/paging.ts'
import type { World } from '../world.ts'
import { findLocation } from './locations.ts'
import { sizes } from './sizes.ts'

/** How much of each quota is taken. */
export const usageRoutes: readonly Route[] = [
  {
    action: 'usage.list',
    method: 'GET',
    path: `${inSubscription}/providers/Microsoft.Compute/locations/{location}/usages`,
    apiVersions: computeVersions,
    permission: 'Microsoft.Compute/locations/usages/read',
    run: (call, world) => ({
      status: 200,
      body: pageOf(compute(call, world), call, world.pageSize),
    }),
  },
  {
    action: 'usages.list',
    method: 'GET',
    path: `${inSubscription}/providers/Microsoft.Network/locations/{location}/usages`,
    apiVersions: networkVersions,
    permission: 'Microsoft.Network/locations/usages/read',
    run: (call, world) => ({
      status: 200,
      body: pageOf(network(call, world), call, world.pageSize),
    }),
  },
]

/** Virtual machines that a location may have, whatever their size. */
const machineLimit = 25_000

function compute(call: Call, world: World) {
  const location = locationOf(call)
  const machines = world.account.machines.values().filter((one) => one.location === location)
  const families = [...new Set(sizes.map(({ family }) => family))]
  return [
    usage('cores', 'Total Regional vCPUs', usedCores(location, world), world.coreLimit),
    usage('virtualMachines', 'Virtual Machines', machines.length, machineLimit),
    ...families.map((family) => {
      const words = family.replace(/^standard/, 'Standard ').replace(/Family$/, ' Family vCPUs')
      return usage(family, words, usedCores(location, world, family), world.coreLimit)
    }),
  ]
}

function network(call: Call, world: World) {
  const location = locationOf(call)
  const id = (name: string) =>
    `${formatGroupId('').replace('/resourceGroups/', '')}/providers/Microsoft.Network/locations/${location}/usages/${name}`
  const count = (things: readonly { readonly location: string }[]) =>
    things.filter((one) => one.location === location).length
  const { account, addressLimit } = world
  const addresses = count(account.addresses.values())
  return [
    ['VirtualNetworks', 'Virtual Networks', count(account.networks.values()), 1000] as const,
    ['StaticPublicIPAddresses', 'Static Public IP Addresses', addresses, addressLimit] as const,
    ['PublicIPAddresses', 'Public IP Addresses', addresses, addressLimit] as const,
    [
      'StandardSkuPublicIpAddresses',
      'Public IPv4 Addresses - Standard',
      addresses,
      addressLimit,
    ] as const,
    [
      'NetworkInterfaces',
      'Network Interfaces',
      count(account.interfaces.values()),
      65_536,
    ] as const,
    [
      'NetworkSecurityGroups',
      'Network Security Groups',
      count(account.securityGroups.values()),
      5000,
    ] as const,
  ].map(([name, words, used, limit]) => ({ id: id(name), ...usage(name, words, used, limit) }))
}

function usage(value: string, localizedValue: string, currentValue: number, limit: number) {
  return { unit: 'Count', currentValue, limit, name: { value, localizedValue } }
}

function locationOf({ parameters }: Call): string {
  const location = findLocation(parameters.location ?? '')
  if (location !== undefined) return location.name
  throw badRequest(
    'NoRegisteredProviderFound',
    `No registered resource provider found for location '${parameters.location}'.`,
  )
}
