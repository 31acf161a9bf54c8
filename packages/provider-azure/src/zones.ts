/**
 * Zone of a machine as nodes are labelled: `<location>-<number>`, or the location itself where a machine
 * has no zone. Numbers are a subscription's own. Undefined where there is no number to tell.
 */
export function zoneName(
  location: string,
  numbers: readonly string[] | undefined,
): string | undefined {
  const [number] = numbers ?? []
  return number === undefined ? undefined : `${location}-${number}`
}

/** The number of a zone's name; undefined where it is the location itself. */
export function zoneNumber(location: string, zone: string): string | undefined {
  return zone.startsWith(`${location}-`) ? zone.slice(location.length + 1) : undefined
}
