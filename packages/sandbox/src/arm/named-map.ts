/** A map whose keys are compared without regard to case, as Azure compares names and ids. */
export interface NamedMap<Thing> {
  get(key: string): Thing | undefined
  has(key: string): boolean
  set(key: string, thing: Thing): void
  delete(key: string): void
  values(): readonly Thing[]
}

export function openNamedMap<Thing>(): NamedMap<Thing> {
  const things = new Map<string, Thing>()
  return {
    get: (key) => things.get(key.toLowerCase()),
    has: (key) => things.has(key.toLowerCase()),
    set: (key, thing) => {
      things.set(key.toLowerCase(), thing)
    },
    delete: (key) => {
      things.delete(key.toLowerCase())
    },
    values: () => [...things.values()],
  }
}
