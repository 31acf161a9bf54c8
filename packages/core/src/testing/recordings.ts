import type { SeenRequest } from './fault-proxy.ts'
import type { Fault } from './faults.ts'
import { inLab } from './lab.ts'
import { type Operation, operationsOf } from './operations.ts'
import type { Subject } from './subject.ts'

/** A request that an operation makes when nothing goes wrong. */
export interface RecordedRequest {
  readonly seen: SeenRequest
  /** 0 for the first of this name in the operation. */
  readonly occurrence: number
  /**
   * Another request has its name: one before it in the operation or, where it only reads, one of an operation
   * before. Answers of both are read by the same code; what differs is what hangs on them.
   */
  readonly isRepeat: boolean
}

export interface Recording {
  readonly operation: Operation
  readonly requests: readonly RecordedRequest[]
  /** How many requests it makes, also of those that are like others. */
  readonly total: number
  /** What the operation resolved to. */
  readonly value: unknown
  /** Why there is nothing to record. */
  readonly error?: unknown
}

/** Pages and polls repeat a request; two of a kind show what there is to see. */
const mostOfAKind = 2

/**
 * What each operation asks of the cloud, found out by doing it once. One that fails all by itself is
 * recorded with no requests: a fact of its own tells that.
 */
export async function recordOperations(subject: Subject): Promise<readonly Recording[]> {
  const recordings: Recording[] = []
  const known = new Set<string>()
  for (const operation of operationsOf(subject)) {
    const recorded = await record(subject, operation)
    const requests = recorded.requests.map((request) => ({
      ...request,
      isRepeat: request.isRepeat || known.has(request.seen.kind.name),
    }))
    for (const { seen } of requests) if (!seen.kind.changes) known.add(seen.kind.name)
    recordings.push({ operation, ...recorded, requests })
  }
  return recordings
}

async function record(
  subject: Subject,
  operation: Operation,
): Promise<Omit<Recording, 'operation'>> {
  try {
    return await inLab(subject, async (lab) => {
      const staged = await operation.setUp(lab)
      const before = lab.proxy.seen.length
      const value = await staged.run(lab.call)
      const seen = lab.proxy.seen.slice(before)
      return { value, requests: enumerate(seen), total: seen.length }
    })
  } catch (error) {
    return { value: undefined, requests: [], total: 0, error }
  }
}

export function enumerate(seen: readonly SeenRequest[]): readonly RecordedRequest[] {
  const counts = new Map<string, number>()
  return seen
    .map((one) => {
      const occurrence = counts.get(one.kind.name) ?? 0
      counts.set(one.kind.name, occurrence + 1)
      return { seen: one, occurrence, isRepeat: occurrence > 0 }
    })
    .filter(({ occurrence }) => occurrence < mostOfAKind)
}

/** As in `at the second RunInstances`. */
export function describeRequest({ seen, occurrence }: RecordedRequest): string {
  return occurrence === 0 ? `at ${seen.kind.name}` : `at the second ${seen.kind.name}`
}

/** Fits the same request when the operation is done again. */
export function sameRequest(wanted: RecordedRequest): (seen: SeenRequest) => boolean {
  let occurrence = 0
  let isOver = false
  return (seen) => {
    if (isOver || seen.kind.name !== wanted.seen.kind.name) return false
    isOver = occurrence === wanted.occurrence
    occurrence += 1
    return isOver
  }
}

/** Whether a fault tells something of this request that no other fact does. */
export function isWorth(fault: Fault, { seen, isRepeat }: RecordedRequest): boolean {
  const isTold = isRepeat && fault.inRepeats !== true
  return !isTold && (fault.fits?.(seen) ?? true)
}
