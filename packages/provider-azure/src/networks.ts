import type { Subnet, VirtualNetwork } from '@azure/arm-network'
import { type Call, hintNearest, type Owner, ProvisionError } from '@kontena/core'
import { accepted, all } from './answers.ts'
import type { Cloud } from './clients.ts'
import { isAzureError } from './errors.ts'
import { parseResourceId } from './machine-id.ts'
import { sharedName } from './names.ts'
import type { AzureMachineOptions } from './options.ts'
import { notYet } from './provisioning.ts'
import { isOwnedBy, ownershipTags } from './tags.ts'
import { unlessMissing } from './unless-missing.ts'

/** The network that machines join. */
export interface NetworkPlan {
  readonly name: string
  readonly subnet: string
  /** Id of the subnet, also of one that is still to be made. */
  readonly subnetId: string
  readonly isGiven: boolean
  readonly exists: boolean
  /** Azure lets machines without a public address out: by default, or by a gateway of the subnet. */
  readonly hasWayOut: boolean
}

/**
 * Apart from the overlay's own 10.80.0.0/12 and from the ranges that Docker takes; room for more machines
 * than a grid has.
 */
const ownRange = '10.64.0.0/16'
const ownSubnetRange = '10.64.0.0/20'
const ownSubnet = 'nodes'

/** Where a grid's own network is, or would be. */
export interface NetworkPlace {
  readonly owner: Owner
  readonly group: string
  readonly location: string
}

/** The grid's own network, found or to be made. Throws `NAME_TAKEN` for a foreign one of its name. */
export async function planOwnNetwork(
  cloud: Cloud,
  place: NetworkPlace,
  call: Call,
): Promise<NetworkPlan> {
  const name = sharedName(place.owner, place.location)
  const found = await findNetwork(cloud, { group: place.group, name }, call)
  const subscription = await cloud.subscription(call)
  const id = `/subscriptions/${subscription}/resourceGroups/${place.group}/providers/Microsoft.Network/virtualNetworks/${name}`
  const plan = { name, subnet: ownSubnet, subnetId: `${id}/subnets/${ownSubnet}`, isGiven: false }
  if (found === undefined) return { ...plan, exists: false, hasWayOut: false }
  if (!isOwnedBy(found.tags, place.owner)) {
    throw new ProvisionError('NAME_TAKEN', `virtual network ${name} is not ours`, {
      hint: 'it lacks the tags of this grid: delete it, or give --network',
    })
  }
  const subnet = found.subnets?.find((one) => one.name === ownSubnet)
  return { ...plan, exists: true, hasWayOut: subnet !== undefined && hasWayOut(subnet) }
}

/**
 * Makes the grid's own network where it is missing. Rejects with `BUSY` until Azure has finished it, as
 * machines cannot join it before.
 */
export async function ensureOwnNetwork(
  cloud: Cloud,
  { place, needsWayOut }: { place: NetworkPlace; needsWayOut: boolean },
  call: Call,
): Promise<void> {
  const name = sharedName(place.owner, place.location)
  const about = `virtual network ${name}`
  const found = await findNetwork(cloud, { group: place.group, name }, call)
  if (found === undefined) {
    await createNetwork(cloud, { place, needsWayOut }, call)
    throw notYet(about)
  }
  const subnet = found.subnets?.find((one) => one.name === ownSubnet)
  if (found.provisioningState !== 'Succeeded' || subnet?.provisioningState !== 'Succeeded') {
    throw notYet(about)
  }
  if (!needsWayOut || hasWayOut(subnet)) return
  await openWayOut(cloud, { place, name, subnet }, call)
  throw notYet(about)
}

/** A network of the user's own with its subnet, by names or ids. It is joined and never changed. */
export async function findGivenNetwork(
  cloud: Cloud,
  { options, location }: { options: AzureMachineOptions; location: string },
  call: Call,
): Promise<NetworkPlan | undefined> {
  const { subnet } = options
  const ofSubnet = subnet === undefined ? undefined : parseResourceId(subnet)
  const wanted =
    ofSubnet === undefined ? options.network : subnet?.replace(/\/subnets\/[^/]+$/i, '')
  if (wanted === undefined) {
    if (subnet === undefined) return undefined
    throw new ProvisionError('BAD_OPTIONS', `--subnet ${subnet} is not told of which network`, {
      hint: 'give --network too, or the id of the subnet',
    })
  }
  const question = {
    action: 'Microsoft.Network/virtualNetworks/read',
    about: 'the virtual networks',
    ...call,
  }
  const networks = await cloud.network(question, ({ virtualNetworks }) =>
    all(virtualNetworks.listAll()),
  )
  const network = requireNetwork(networks, wanted, location)
  const found = requireSubnet(network, ofSubnet?.names.at(-1) ?? subnet)
  return {
    name: network.name ?? wanted,
    subnet: found.name ?? '',
    subnetId: found.id ?? '',
    isGiven: true,
    exists: true,
    hasWayOut: hasWayOut(found),
  }
}

export async function findNetwork(
  cloud: Cloud,
  { group, name }: { group: string; name: string },
  call: Call,
): Promise<VirtualNetwork | undefined> {
  const question = {
    action: 'Microsoft.Network/virtualNetworks/read',
    about: `virtual network ${name}`,
    ...call,
  }
  return await unlessMissing(
    cloud.network(question, ({ virtualNetworks }) => virtualNetworks.get(group, name)),
  )
}

async function createNetwork(
  cloud: Cloud,
  { place, needsWayOut }: { place: NetworkPlace; needsWayOut: boolean },
  call: Call,
): Promise<void> {
  const name = sharedName(place.owner, place.location)
  const question = {
    action: 'Microsoft.Network/virtualNetworks/write',
    about: `virtual network ${name}`,
    ...call,
  }
  const network: VirtualNetwork = {
    location: place.location,
    tags: ownershipTags(place.owner),
    addressSpace: { addressPrefixes: [ownRange] },
    subnets: [
      { name: ownSubnet, addressPrefix: ownSubnetRange, defaultOutboundAccess: needsWayOut },
    ],
  }
  try {
    await cloud.network(question, ({ virtualNetworks }) =>
      accepted(
        virtualNetworks.createOrUpdate(place.group, name, network, {
          requestOptions: { headers: { 'if-none-match': '*' } },
        }),
      ),
    )
  } catch (error) {
    // Another command has made it meanwhile.
    if (!isAzureError(error, 'PreconditionFailed')) throw error
  }
}

/** A grid that began with public addresses has a closed network, which a later order opens. */
async function openWayOut(
  cloud: Cloud,
  { place, name, subnet }: { place: NetworkPlace; name: string; subnet: Subnet },
  call: Call,
): Promise<void> {
  const question = {
    action: 'Microsoft.Network/virtualNetworks/subnets/write',
    about: `subnet ${ownSubnet} of virtual network ${name}`,
    ...call,
  }
  await cloud.network(question, ({ subnets }) =>
    accepted(
      subnets.createOrUpdate(
        place.group,
        name,
        ownSubnet,
        { ...subnet, defaultOutboundAccess: true },
        { requestOptions: { headers: { 'if-match': subnet.etag ?? '*' } } },
      ),
    ),
  )
}

/** Networks made before 2025-07-01 let out by default ("Default outbound access" in Azure's documentation). */
function hasWayOut({ defaultOutboundAccess, natGateway }: Subnet): boolean {
  return defaultOutboundAccess !== false || natGateway !== undefined
}

function requireNetwork(
  networks: readonly VirtualNetwork[],
  wanted: string,
  location: string,
): VirtualNetwork {
  const key = wanted.toLowerCase()
  const found = networks.filter(
    ({ id, name }) => id?.toLowerCase() === key || name?.toLowerCase() === key,
  )
  const here = found.filter((network) => network.location?.toLowerCase() === location)
  const [only] = here
  if (only !== undefined && here.length === 1) return only
  if (here.length > 1) {
    const ids = here.map(({ id }) => id).join(', ')
    throw new ProvisionError(
      'BAD_OPTIONS',
      `virtual network ${wanted} is there ${here.length} times`,
      {
        hint: `give its id: ${ids}`,
      },
    )
  }
  const [elsewhere] = found
  if (elsewhere !== undefined) {
    throw new ProvisionError(
      'BAD_OPTIONS',
      `virtual network ${wanted} is in ${elsewhere.location}, not in ${location}`,
      { hint: `use --location ${elsewhere.location}, or another --network` },
    )
  }
  const names = networks
    .filter((network) => network.location?.toLowerCase() === location)
    .flatMap(({ name }) => name ?? [])
  throw new ProvisionError('NOT_FOUND', `virtual network ${wanted} does not exist in ${location}`, {
    hint: hintNearest('virtual network', wanted, names),
  })
}

function requireSubnet({ name, subnets = [] }: VirtualNetwork, wanted: string | undefined): Subnet {
  // Azure keeps some for its own gateways, and delegated ones are some service's alone.
  const usable = subnets.filter(
    (subnet) =>
      !/^(Gateway|Azure\w+)Subnet$/.test(subnet.name ?? '') && !subnet.delegations?.length,
  )
  const names = usable.flatMap((subnet) => subnet.name ?? [])
  if (wanted === undefined) {
    const [only] = usable
    if (only !== undefined && usable.length === 1) return only
    throw new ProvisionError(
      'BAD_OPTIONS',
      `virtual network ${name} has ${usable.length} subnets`,
      {
        hint:
          names.length === 0 ? 'make one for machines in it' : `give --subnet: ${names.join(', ')}`,
      },
    )
  }
  const found = usable.find((subnet) => subnet.name?.toLowerCase() === wanted.toLowerCase())
  if (found !== undefined) return found
  throw new ProvisionError(
    'NOT_FOUND',
    `virtual network ${name} has no subnet ${wanted} for machines`,
    {
      hint: hintNearest('subnet', wanted, names),
    },
  )
}
