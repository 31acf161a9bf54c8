import type { NamedMap } from '../named-map.ts'
import { formatResourceId, nameOf, parentOf, parseResourceId } from '../resource-id.ts'
import type { Resource, Subnet, VirtualNetwork } from '../resources.ts'
import { ArmError, badRequest } from '../wire/errors.ts'
import type { World } from '../world.ts'

interface Referring {
  /** Id of what refers. */
  readonly from: string
  readonly location: string
}

/** @throws ArmError for what is not there, or not in the location of what refers to it */
export function refer<Thing extends Resource>(
  things: NamedMap<Thing>,
  id: string,
  { from, location }: Referring,
): Thing {
  const thing = things.get(id)
  if (thing === undefined || thing.location !== location) throw missing(id, from)
  if (thing.state !== 'Succeeded') throw unready(thing, from)
  return thing
}

/** A subnet and its network, by the subnet's id. */
export function referToSubnet(
  id: string,
  referring: Referring,
  world: World,
): { readonly network: VirtualNetwork; readonly subnet: Subnet } {
  const parsed = parseResourceId(id)
  if (parsed === undefined || parsed.names.length !== 2) {
    throw badRequest('LinkedInvalidPropertyId', `Property id '${id}' is invalid.`)
  }
  const networkId = formatResourceId(parentOf(parsed))
  const network = world.account.networks.get(networkId)
  const subnet = network?.subnets.get(nameOf(parsed).toLowerCase())
  if (network === undefined || subnet === undefined) throw missing(id, referring.from)
  return { network: refer(world.account.networks, networkId, referring), subnet }
}

function missing(id: string, from: string): ArmError {
  return badRequest(
    'InvalidResourceReference',
    `Resource ${id} referenced by resource ${from} was not found. Please make sure that the referenced resource ` +
      'exists, and that both resources are in the same region.',
  )
}

function unready(thing: Resource, from: string): ArmError {
  return new ArmError({
    status: 429,
    code: 'RetryableError',
    message: 'A retryable error occurred.',
    details: [
      {
        code: 'ReferencedResourceNotProvisioned',
        message:
          `Cannot proceed with operation because resource ${thing.id} used by resource ${from} is not in Succeeded ` +
          `state. Resource is in ${thing.state} state.`,
      },
    ],
  })
}
