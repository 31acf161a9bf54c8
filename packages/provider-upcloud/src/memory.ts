/** Addresses of a server, which stay the same as long as it is there. */
export interface Addresses {
  readonly publicAddress: string | undefined
  readonly privateAddress: string | undefined
}

/**
 * What a session keeps in mind from one call to the next: it saves requests, and tells what is under way
 * where UpCloud's lists do not. All of it can be forgotten at any time.
 */
export interface Memory {
  readonly addresses: Map<string, Addresses>
  /** States of servers as last found; whoever acts on one takes it out, as it is then no longer true. */
  readonly states: Map<string, { readonly state: string; readonly seenAt: number }>
  /** When a server was asked to stop. */
  readonly stops: Map<string, number>
  /** Servers that UpCloud has agreed to delete. */
  readonly deleted: Set<string>
  /** Titles of servers' disks. */
  readonly diskTitles: Map<string, string>
  /** When disks were agreed to be deleted, by title. */
  readonly deletedDisks: Map<string, number>
}

export function openMemory(): Memory {
  return {
    addresses: new Map(),
    states: new Map(),
    stops: new Map(),
    deleted: new Set(),
    diskTitles: new Map(),
    deletedDisks: new Map(),
  }
}
