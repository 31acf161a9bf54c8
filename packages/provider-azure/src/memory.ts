/** What a session knows that ARM's lists do not tell, as they show late what was just made. */
export interface Memory {
  /** Ids of machines that were there, or that ARM denied by name: one that no list shows is gone. */
  readonly settled: Set<string>
  /** Resource groups that this session has put something into. */
  readonly groups: Set<string>
  /** Why machines came to nothing, by deployment; does not change once it has ended. */
  readonly failures: Map<string, ReadonlyMap<string, string>>
}

export function openMemory(): Memory {
  return { settled: new Set(), groups: new Set(), failures: new Map() }
}
