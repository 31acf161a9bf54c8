import { z } from 'zod'
import { defineAction } from '../action.ts'
import type { Region } from '../region.ts'
import type { AvailabilityZone } from '../resources.ts'
import { Ec2Error, invalidValue } from '../wire/errors.ts'
import { boolean, dryRun, filters, list, text } from '../wire/fields.ts'
import { type FilterFields, matching } from '../wire/filters.ts'
import { items, type Xml } from '../wire/xml.ts'
import { regionNames } from './regions.ts'

const regionFields: FilterFields<string> = {
  endpoint: endpointOf,
  'opt-in-status': () => 'opt-in-not-required',
  'region-name': (name) => name,
}

export const describeRegions = defineAction(
  z.strictObject({
    ...dryRun,
    Filter: filters,
    AllRegions: boolean.optional(),
    RegionName: list(text),
  }),
  (input) => {
    const fits = matching(input.Filter, regionFields)
    const unknown = input.RegionName.find((name) => !regionNames.includes(name))
    if (unknown !== undefined) throw invalidValue(`Invalid region name: ${unknown}`)
    const names = input.RegionName.length > 0 ? input.RegionName : regionNames
    return () => ({
      regionInfo: items(
        names.filter(fits).map((name) => ({
          regionName: name,
          regionEndpoint: endpointOf(name),
          optInStatus: 'opt-in-not-required',
        })),
      ),
    })
  },
)

export const describeAvailabilityZones = defineAction(
  z.strictObject({
    ...dryRun,
    Filter: filters,
    AllAvailabilityZones: boolean.optional(),
    ZoneId: list(text),
    ZoneName: list(text),
  }),
  (input, { region }) => {
    const fits = matching(input.Filter, zoneFields(region))
    const wanted = [...input.ZoneName, ...input.ZoneId]
    const unknown = wanted.find(
      (one) => !region.zones.some(({ name, id }) => name === one || id === one),
    )
    if (unknown !== undefined) throw invalidValue(`Invalid availability zone: [${unknown}]`)
    const zones = region.zones.filter(
      ({ name, id }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(id),
    )
    return () => ({
      availabilityZoneInfo: items(zones.filter(fits).map((zone) => zoneXml(zone, region))),
    })
  },
)

const limits: Readonly<Record<string, string>> = {
  'supported-platforms': 'VPC',
  'vpc-max-security-groups-per-interface': '5',
  'max-elastic-ips': '5',
  'max-instances': '20',
  'vpc-max-elastic-ips': '5',
}

export const describeAccountAttributes = defineAction(
  z.strictObject({ ...dryRun, AttributeName: list(text) }),
  ({ AttributeName: names }, { region }) => {
    const vpc = [...region.vpcs.values()].find(({ isDefault }) => isDefault)
    const attributes = { ...limits, 'default-vpc': vpc?.id ?? 'none' }
    const unknown = names.find((name) => !Object.hasOwn(attributes, name))
    if (unknown !== undefined) {
      throw new Ec2Error('InvalidParameterValue', `Unknown account attribute '${unknown}'`)
    }
    return () => ({
      accountAttributeSet: items(
        Object.entries(attributes)
          .filter(([name]) => names.length === 0 || names.includes(name))
          .map(([name, value]) => ({
            attributeName: name,
            attributeValueSet: items([{ attributeValue: value }]),
          })),
      ),
    })
  },
)

function endpointOf(region: string): string {
  return `ec2.${region}.amazonaws.com`
}

function zoneFields(region: Region): FilterFields<AvailabilityZone> {
  return {
    'group-name': () => region.name,
    'opt-in-status': () => 'opt-in-not-required',
    'region-name': () => region.name,
    state: () => 'available',
    'zone-id': ({ id }) => id,
    'zone-name': ({ name }) => name,
    'zone-type': () => 'availability-zone',
  }
}

function zoneXml(zone: AvailabilityZone, region: Region): Xml {
  return {
    zoneName: zone.name,
    zoneId: zone.id,
    zoneState: 'available',
    zoneType: 'availability-zone',
    regionName: region.name,
    groupName: region.name,
    networkBorderGroup: region.name,
    optInStatus: 'opt-in-not-required',
    messageSet: items([]),
  }
}
