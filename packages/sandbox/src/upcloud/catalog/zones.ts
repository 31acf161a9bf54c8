/** One site; there is nothing smaller in it that one could choose. */
export interface Zone {
  readonly id: string
  readonly description: string
  readonly isPublic: boolean
}

export const zones: readonly Zone[] = [
  { id: 'de-fra1', description: 'Frankfurt #1', isPublic: true },
  { id: 'fi-hel1', description: 'Helsinki #1', isPublic: true },
  { id: 'fi-hel2', description: 'Helsinki #2', isPublic: true },
  { id: 'nl-ams1', description: 'Amsterdam #1', isPublic: true },
  { id: 'se-sto1', description: 'Stockholm #1', isPublic: true },
  { id: 'sg-sin1', description: 'Singapore #1', isPublic: true },
  { id: 'uk-lon1', description: 'London #1', isPublic: true },
  { id: 'us-chi1', description: 'Chicago #1', isPublic: true },
  { id: 'us-nyc1', description: 'New York #1', isPublic: true },
]

export function findZone(id: string): Zone | undefined {
  return zones.find((zone) => zone.id === id)
}
