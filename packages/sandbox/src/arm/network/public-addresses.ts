import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { networkVersions } from '../api-versions.ts'
import { checkZones } from '../catalog/locations.ts'
import type { Held, Kind } from '../kind.ts'
import {
  checkLocation,
  envelopeOf,
  newResource,
  refuseWhileGoing,
  removeLater,
  settle,
} from '../resource-base.ts'
import { formatResourceId } from '../resource-id.ts'
import type { PublicAddress } from '../resources.ts'
import { checkTags, envelope, parseBody, readOnly } from '../wire/body.ts'
import { badRequest } from '../wire/errors.ts'
import { pace, type World } from '../world.ts'

const body = z.strictObject({
  ...envelope,
  zones: z.array(z.string()).optional(),
  sku: z
    .strictObject({ name: z.string().default('Basic'), tier: z.string().optional() })
    .default({ name: 'Basic' }),
  properties: z
    .strictObject({
      publicIPAllocationMethod: z.enum(['Static', 'Dynamic']).default('Dynamic'),
      publicIPAddressVersion: z.literal('IPv4').optional(),
      idleTimeoutInMinutes: z.number().int().min(4).max(30).default(4),
      deleteOption: z.enum(['Delete', 'Detach']).optional(),
      ipTags: z.array(z.never()).optional(),
      ipAddress: readOnly,
      ipConfiguration: readOnly,
      ddosSettings: readOnly,
      provisioningState: readOnly,
      resourceGuid: readOnly,
    })
    .default({ publicIPAllocationMethod: 'Dynamic', idleTimeoutInMinutes: 4 }),
})

/** Public addresses; the Basic kind is retired, so only Standard ones can be made. */
export const publicAddresses: Kind = {
  type: 'Microsoft.Network/publicIPAddresses',
  operations: 'publicIPAddresses',
  apiVersions: networkVersions,
  plan(request, world) {
    const input = parseBody(body, request.body, 'Microsoft.Network')
    const tags = checkTags(input.tags)
    const id = formatResourceId(request.id)
    const existing = world.account.addresses.get(id)
    const location = checkLocation(input.location, request, existing)
    const zones = input.zones ?? []
    checkZones(zones, location, id)
    checkSku(input, id)
    return {
      apply() {
        refuseWhileGoing(existing)
        if (existing === undefined) checkLimit(location.name, world)
        const address: PublicAddress = existing ?? {
          ...newResource(request, { location: location.name, tags, zones }),
          guid: randomUUID(),
          address: world.newPublicAddress(),
          idleTimeout: input.properties.idleTimeoutInMinutes,
          holderId: undefined,
        }
        address.tags = tags
        world.account.addresses.set(address.id, address)
        const operation = settle(address, { state: 'Updating', after: pace.network }, world)
        return { held: hold(address, world), isNew: existing === undefined, operation }
      },
    }
  },
  find(id, world) {
    const address = world.account.addresses.get(formatResourceId(id))
    return address && hold(address, world)
  },
  list: (world) => world.account.addresses.values().map((address) => hold(address, world)),
}

function checkSku({ sku, properties }: z.output<typeof body>, id: string): void {
  if (sku.name.toLowerCase() !== 'standard') {
    throw badRequest(
      'IPv4BasicSkuPublicIpCountLimitReached',
      'Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region.',
    )
  }
  if (properties.publicIPAllocationMethod !== 'Static') {
    throw badRequest(
      'PublicIPAddressWithStandardSkuMustUseStaticAllocation',
      `Standard sku publicIp ${id} must have AllocationMethod set to Static.`,
    )
  }
}

function checkLimit(location: string, { account, addressLimit }: World): void {
  const used = account.addresses.values().filter((one) => one.location === location).length
  if (used < addressLimit) return
  throw badRequest(
    'PublicIPCountLimitReached',
    `Cannot create more than ${addressLimit} public IP addresses for this subscription in this region.`,
  )
}

function hold(address: PublicAddress, world: World): Held {
  return {
    resource: address,
    etag: address.etag,
    view: () => ({
      ...envelopeOf(address),
      etag: address.etag,
      sku: { name: 'Standard', tier: 'Regional' },
      properties: {
        provisioningState: address.state,
        resourceGuid: address.guid,
        ipAddress: address.address,
        publicIPAddressVersion: 'IPv4',
        publicIPAllocationMethod: 'Static',
        idleTimeoutInMinutes: address.idleTimeout,
        ipTags: [],
        ...(address.holderId === undefined ? {} : { ipConfiguration: { id: address.holderId } }),
      },
    }),
    remove() {
      if (address.holderId !== undefined) {
        throw badRequest(
          'PublicIPAddressCannotBeDeleted',
          `Public IP address ${address.id} can not be deleted since it is still allocated to resource ` +
            `${address.holderId}. In order to delete the public IP, disassociate/detach the Public IP address from ` +
            'the resource. To learn how to do this, see aka.ms/deletepublicip.',
        )
      }
      return removeLater(address, world, () => world.account.addresses.delete(address.id))
    },
  }
}
