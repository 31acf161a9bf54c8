import { setTimeout as delay } from 'node:timers/promises'
import type { ArmedFaults, FaultyCall } from './faults.ts'

/** What a cloud must answer instead of doing what it was asked. */
export type Refusal =
  | { readonly kind: 'reset' }
  | { readonly kind: 'throttle'; readonly retryAfter?: number | undefined }
  | { readonly kind: 'unauthorized' }
  | {
      readonly kind: 'error'
      readonly code: string
      readonly message: string
      readonly status: number
    }

/** Faults that strike before anything happens; undefined when the call may go ahead. */
export async function beforeCommit(
  faults: ArmedFaults,
  call: FaultyCall,
): Promise<Refusal | undefined> {
  const slow = faults.take('slow', call)
  // A sandbox that was closed meanwhile does not wait for it.
  if (slow !== undefined) await delay(slow.delay, undefined, { ref: false })
  return (
    faults.take('reset', call) ??
    faults.take('unauthorized', call) ??
    faults.take('throttle', call) ??
    faults.take('error', call)
  )
}

/** Faults that strike once the change is made. Tells whether the connection is to be dropped. */
export async function afterCommit(faults: ArmedFaults, call: FaultyCall): Promise<boolean> {
  if (call.dryRun) return false
  await faults.take('after-commit', call)?.hook(call)
  return faults.take('timeout-after-commit', call) !== undefined
}
