import { ArmError } from '../wire/errors.ts'

export interface Location {
  readonly name: string
  readonly displayName: string
  /** Logical zones, as a subscription sees them. */
  readonly zones: readonly string[]
}

/** Not every location of Azure has zones: `westus` stands for those. */
export const locations: readonly Location[] = [
  { name: 'westeurope', displayName: 'West Europe', zones: ['1', '2', '3'] },
  { name: 'northeurope', displayName: 'North Europe', zones: ['1', '2', '3'] },
  { name: 'eastus', displayName: 'East US', zones: ['1', '2', '3'] },
  { name: 'westus', displayName: 'West US', zones: [] },
]

/** Azure takes `West Europe` for `westeurope`. */
export function normalizeLocation(text: string): string {
  return text.replaceAll(' ', '').toLowerCase()
}

export function findLocation(text: string): Location | undefined {
  const name = normalizeLocation(text)
  return locations.find((location) => location.name === name)
}

/** @throws ArmError for a location that this type of resource cannot be in */
export function resourceLocation(text: string | undefined, type: string): Location {
  if (text === undefined) {
    throw new ArmError({
      code: 'LocationRequired',
      message: 'The location property is required for this definition.',
    })
  }
  const location = findLocation(text)
  if (location !== undefined) return location
  throw new ArmError({
    code: 'LocationNotAvailableForResourceType',
    message:
      `The provided location '${text}' is not available for resource type '${type}'. List of available regions ` +
      `for the resource type is '${locations.map(({ name }) => name).join(',')}'.`,
  })
}

/** @throws ArmError for zones that the location does not have */
export function checkZones(zones: readonly string[], location: Location, id: string): void {
  const unknown = zones.filter((zone) => !location.zones.includes(zone))
  if (unknown.length === 0) return
  throw new ArmError({
    code: 'AvailabilityZoneNotSupported',
    message:
      `The zone(s) '${unknown.join(',')}' for resource '${id}' is not supported. The supported zones for location ` +
      `'${location.name}' are '${location.zones.join(',')}'`,
  })
}

/** The words for a place that faults and logs use: `westeurope-1`, or the location of what is in no zone. */
export function zoneWord(location: string, zone: string | undefined): string {
  return zone === undefined ? location : `${location}-${zone}`
}
