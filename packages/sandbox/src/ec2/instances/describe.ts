import { z } from 'zod'
import { defineAction } from '../action.ts'
import { findAll } from '../ids.ts'
import { type Region, tagsOf } from '../region.ts'
import { accountId, type Instance, stateCodes } from '../resources.ts'
import { boolean, list, paged, text } from '../wire/fields.ts'
import { type FilterFields, matching } from '../wire/filters.ts'
import { groupBy } from '../wire/group-by.ts'
import { pageOf, refuseIdsWithPages } from '../wire/paging.ts'
import { items, type Xml } from '../wire/xml.ts'
import { attachedVolumes, reservationXml, stateXml } from './view.ts'

/** Page size where a call names none. */
const usualPage = 1000

const instanceFields: FilterFields<Instance> = {
  architecture: ({ image }) => image.architecture,
  'availability-zone': ({ zone }) => zone.name,
  'availability-zone-id': ({ zone }) => zone.id,
  'block-device-mapping.volume-id': (instance) => attachedVolumes(instance).map(({ id }) => id),
  'client-token': ({ clientToken }) => clientToken,
  'image-id': ({ image }) => image.id,
  'instance-id': ({ id }) => id,
  'instance-state-code': ({ state }) => stateCodes[state],
  'instance-state-name': ({ state }) => state,
  'instance-type': ({ type }) => type.name,
  'instance.group-id': ({ network }) => network?.groups.map(({ id }) => id),
  'instance.group-name': ({ network }) => network?.groups.map(({ name }) => name),
  'ip-address': ({ network }) => network?.publicAddress,
  'key-name': ({ keyName }) => keyName,
  'launch-index': ({ launchIndex }) => launchIndex,
  'metadata-options.http-tokens': ({ metadata }) => metadata.tokens,
  'network-interface.network-interface-id': ({ network }) => network?.id,
  'owner-id': () => accountId,
  'private-ip-address': ({ network }) => network?.privateAddress,
  'reservation-id': ({ reservationId }) => reservationId,
  'root-device-name': ({ image }) => image.rootDevice,
  'state-reason-code': ({ stateReason }) => stateReason?.code,
  'state-reason-message': ({ stateReason }) => stateReason?.message,
  'subnet-id': ({ network }) => network?.subnet.id,
  tenancy: () => 'default',
  'vpc-id': ({ network }) => network?.subnet.vpc.id,
}

export const describeInstances = defineAction(
  z.strictObject({
    ...paged,
    IncludeManagedResources: boolean.optional(),
    InstanceId: list(text),
  }),
  (input, { region }) => {
    refuseIdsWithPages(input.InstanceId, 'instancesSet', input)
    const fits = matching(input.Filter, instanceFields, ({ id }) => tagsOf(region, id))
    const candidates = instancesByIds(region, input.InstanceId)
    return () => {
      const page = pageOf(candidates.filter(fits), input, {
        least: 5,
        most: 1000,
        usual: usualPage,
      })
      return {
        reservationSet: items(
          byReservation(page.members).map((instances) => reservationXml(instances, region)),
        ),
        nextToken: page.nextToken,
      }
    }
  },
)

const statusFields: FilterFields<Instance> = {
  'availability-zone': ({ zone }) => zone.name,
  'instance-state-code': ({ state }) => stateCodes[state],
  'instance-state-name': ({ state }) => state,
  'instance-status.status': statusOf,
  'system-status.status': statusOf,
  'instance-status.reachability': (instance) => reachabilityOf(instance),
  'system-status.reachability': (instance) => reachabilityOf(instance),
}

/** Health of running instances; of all when they are asked for. */
export const describeInstanceStatus = defineAction(
  z.strictObject({
    ...paged,
    IncludeAllInstances: boolean.default(false),
    IncludeManagedResources: boolean.optional(),
    InstanceId: list(text),
  }),
  (input, { region }) => {
    refuseIdsWithPages(input.InstanceId, 'instancesSet', input)
    const fits = matching(input.Filter, statusFields)
    const candidates = instancesByIds(region, input.InstanceId).filter(
      ({ state }) => input.IncludeAllInstances || state === 'running',
    )
    return () => {
      const page = pageOf(candidates.filter(fits), input)
      return { instanceStatusSet: items(page.members.map(statusXml)), nextToken: page.nextToken }
    }
  },
)

/** @throws Ec2Error for an id that is unknown, or too new to be known everywhere */
export function instancesByIds(region: Region, ids: readonly string[]): readonly Instance[] {
  const now = Date.now()
  if (ids.length === 0) {
    return [...region.instances.values()].filter(({ visibleFrom }) => visibleFrom <= now)
  }
  return findAll('i', ids, (id) => {
    const instance = region.instances.get(id)
    return instance !== undefined && instance.visibleFrom <= now ? instance : undefined
  })
}

function byReservation(instances: readonly Instance[]): readonly (readonly Instance[])[] {
  return [...groupBy(instances, ({ reservationId }) => reservationId).values()]
}

function statusOf({ state }: Instance): string {
  return state === 'running' ? 'ok' : 'not-applicable'
}

function reachabilityOf({ state }: Instance): string | undefined {
  return state === 'running' ? 'passed' : undefined
}

function statusXml(instance: Instance): Xml {
  const reachability = reachabilityOf(instance)
  const details = reachability === undefined ? [] : [{ name: 'reachability', status: reachability }]
  const summary = { status: statusOf(instance), details: items(details) }
  return {
    instanceId: instance.id,
    availabilityZone: instance.zone.name,
    availabilityZoneId: instance.zone.id,
    instanceState: stateXml(instance.state),
    systemStatus: summary,
    instanceStatus: summary,
  }
}
