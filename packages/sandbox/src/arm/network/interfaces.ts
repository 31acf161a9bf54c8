import { randomBytes, randomUUID } from 'node:crypto'
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
import { formatResourceId, isSameId, parseResourceId } from '../resource-id.ts'
import type { NetworkInterface } from '../resources.ts'
import { checkTags, parseBody } from '../wire/body.ts'
import { badRequest } from '../wire/errors.ts'
import { pace, type World } from '../world.ts'
import { applyConfigurations, viewConfiguration } from './configurations.ts'
import { interfaceBody } from './interface-body.ts'
import { refer } from './refer.ts'
import { releaseAddresses } from './release.ts'

/** Network interfaces. Making one takes addresses; a machine takes the interface. */
export const interfaces: Kind = {
  type: 'Microsoft.Network/networkInterfaces',
  operations: 'networkInterfaces',
  apiVersions: networkVersions,
  plan(request, world) {
    const input = parseBody(interfaceBody, request.body, 'Microsoft.Network')
    const tags = checkTags(input.tags)
    const existing = world.account.interfaces.get(formatResourceId(request.id))
    const location = checkLocation(input.location, request, existing)
    return {
      apply() {
        if (existing !== undefined) refuseWhileBusy(existing)
        const { account, consistencyDelay: hiddenFor } = world
        const made: NetworkInterface = existing ?? {
          ...newResource(request, { location: location.name, tags, hiddenFor }),
          guid: randomUUID(),
          macAddress: macAddress(),
          properties: input.properties,
          configurations: [],
          securityGroupId: undefined,
          machineId: undefined,
          reserved: undefined,
        }
        const group = input.properties.networkSecurityGroup
        if (group !== undefined) {
          refer(account.securityGroups, group.id, { from: made.id, location: location.name })
        }
        applyConfigurations(made, input.properties, world)
        made.tags = tags
        made.properties = input.properties
        made.securityGroupId = group?.id
        account.interfaces.set(made.id, made)
        const state = existing === undefined ? 'Creating' : 'Updating'
        const operation = settle(made, { state, after: pace.network }, world)
        return { held: hold(made, world), isNew: existing === undefined, operation }
      },
    }
  },
  find(id, world) {
    const found = world.account.interfaces.get(formatResourceId(id))
    return found && hold(found, world)
  },
  list: (world) => world.account.interfaces.values().map((one) => hold(one, world)),
}

function macAddress(): string {
  return [
    '00',
    '0D',
    '3A',
    ...(randomBytes(3).toString('hex').toUpperCase().match(/../g) ?? []),
  ].join('-')
}

function hold(one: NetworkInterface, world: World): Held {
  return {
    resource: one,
    etag: one.etag,
    view(expand) {
      const { properties } = one
      return {
        ...envelopeOf(one),
        etag: one.etag,
        properties: {
          provisioningState: one.state,
          resourceGuid: one.guid,
          ipConfigurations: one.configurations.map((configuration) =>
            viewConfiguration(configuration, one, {
              world,
              isExpanded: /publicipaddress/i.test(expand ?? ''),
            }),
          ),
          dnsSettings: { dnsServers: [], appliedDnsServers: [] },
          macAddress: one.macAddress,
          enableAcceleratedNetworking: properties.enableAcceleratedNetworking ?? false,
          enableIPForwarding: properties.enableIPForwarding ?? false,
          vnetEncryptionSupported: false,
          hostedWorkloads: [],
          tapConfigurations: [],
          nicType: 'Standard',
          ...(one.securityGroupId === undefined
            ? {}
            : { networkSecurityGroup: { id: one.securityGroupId } }),
          ...(one.machineId === undefined
            ? {}
            : { primary: true, virtualMachine: { id: one.machineId } }),
        },
      }
    },
    remove() {
      refuseWhileHeld(one)
      return removeLater(one, world, () => {
        releaseAddresses(one, world)
        world.account.interfaces.delete(one.id)
      })
    },
  }
}

/** @throws ArmError while a machine has it, or failed with it a moment ago */
function refuseWhileHeld(one: NetworkInterface): void {
  if (one.machineId !== undefined) {
    throw badRequest(
      'NicInUse',
      `Network Interface ${one.id} is used by existing resource ${one.machineId}. In order to delete the network ` +
        'interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.',
    )
  }
  refuseWhileReserved(one)
}

/** @throws ArmError where the interface is kept for another machine that failed */
export function refuseWhileReserved(one: NetworkInterface, machineId?: string): void {
  const { reserved } = one
  if (reserved === undefined || reserved.until <= Date.now()) return
  if (machineId !== undefined && isSameId(reserved.machineId, machineId)) return
  const name = parseResourceId(reserved.machineId)?.names[0]
  throw badRequest(
    'NicReservedForAnotherVm',
    'Nic(s) in request is reserved for another Virtual Machine for 180 seconds. Please provide another nic(s) or ' +
      `retry after 180 seconds. Reserved VM: ${name}.`,
  )
}
