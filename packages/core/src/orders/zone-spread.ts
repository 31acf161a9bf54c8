/**
 * Gives each new machine the zone with the fewest machines so far, counting those that are there;
 * of equal zones the first by name, so that the same input gives the same plan.
 */
export function spreadOverZones(
  count: number,
  zones: readonly string[],
  existing: readonly string[],
): string[] {
  const load = new Map([...zones].sort().map((zone) => [zone, 0]))
  for (const zone of existing) {
    const machines = load.get(zone)
    if (machines !== undefined) load.set(zone, machines + 1)
  }
  return Array.from({ length: count }, () => {
    const [zone, machines] = [...load].reduce((least, next) => (next[1] < least[1] ? next : least))
    load.set(zone, machines + 1)
    return zone
  })
}
