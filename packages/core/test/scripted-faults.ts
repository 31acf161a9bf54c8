/** What happens to a call instead of its work, after it, or while it is held back. */
export type Fault =
  | { readonly kind: 'throw'; readonly error: unknown }
  | { readonly kind: 'commit-then-throw'; readonly error: unknown }
  | { readonly kind: 'hang' }
  | { readonly kind: 'wait'; readonly milliseconds: number }

export interface ScriptedFaults {
  /** The next calls of this method meet the fault, in the order of scripting. */
  script(method: string, fault: Fault, times?: number): void
  /** Does the work as the script says. */
  run<T>(method: string, signal: AbortSignal | undefined, work: () => T): Promise<T>
}

/** A queue of faults per method, for doubles of clouds and masters. */
export function scriptedFaults(): ScriptedFaults {
  const queues = new Map<string, Fault[]>()
  return {
    script: (method, fault, times = 1) => {
      const queue = queues.get(method) ?? []
      queues.set(method, [...queue, ...Array.from({ length: times }, () => fault)])
    },
    run: async (method, signal, work) => {
      signal?.throwIfAborted()
      const fault = queues.get(method)?.shift()
      switch (fault?.kind) {
        case undefined:
          return work()
        case 'throw':
          throw fault.error
        case 'commit-then-throw':
          work()
          throw fault.error
        case 'wait':
          await unlessAborted(signal, fault.milliseconds)
          return work()
        case 'hang':
          await unlessAborted(signal, undefined)
          return work()
      }
    },
  }
}

function unlessAborted(
  signal: AbortSignal | undefined,
  milliseconds: number | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (milliseconds !== undefined) setTimeout(resolve, milliseconds)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
