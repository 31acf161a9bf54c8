/** One call that reached a simulated cloud, in the order they ended. */
export interface ApiCall {
  /** The cloud's own word, as in `RunInstances`. */
  readonly action: string
  readonly region: string
  readonly dryRun: boolean
  /** HTTP status of the answer; 0 where the connection was dropped instead. */
  readonly status: number
  /** The cloud's error code, where it refused. */
  readonly code: string | undefined
  /** Milliseconds since the epoch at which the call came in. */
  readonly time: number
}

export interface CallLog {
  all(): readonly ApiCall[]
  /** How many calls had this action, or fit the predicate. */
  count(which: string | ((call: ApiCall) => boolean)): number
  clear(): void
}

export interface WritableCallLog extends CallLog {
  add(call: ApiCall): void
}

export function openCallLog(): WritableCallLog {
  let calls: ApiCall[] = []
  return {
    all: () => [...calls],
    count(which) {
      const fits = typeof which === 'string' ? (call: ApiCall) => call.action === which : which
      return calls.filter(fits).length
    },
    clear() {
      calls = []
    },
    add(call) {
      calls.push(call)
    },
  }
}
