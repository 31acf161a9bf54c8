import { randomUUID } from 'node:crypto'
import type { ErrorDetail } from './wire/errors.ts'

export type OperationStatus = 'InProgress' | 'Succeeded' | 'Failed' | 'Canceled'

/** Work that goes on after the call that asked for it was answered. */
export interface Operation {
  readonly id: string
  /** Whose it is, as in `Microsoft.Compute`. */
  readonly namespace: string
  readonly location: string
  readonly startedAt: Date
  readonly status: OperationStatus
  readonly endedAt: Date | undefined
  readonly error: ErrorDetail | undefined
  /** Does nothing once the operation is over. */
  end(status: Exclude<OperationStatus, 'InProgress'>, error?: ErrorDetail): void
  /** Calls back once it is over, at once where it already is. */
  onEnd(listener: () => void): void
}

export interface Operations {
  start(place: { readonly namespace: string; readonly location: string }): Operation
  get(id: string): Operation | undefined
}

export function openOperations(): Operations {
  const operations = new Map<string, Operation>()
  return {
    start(place) {
      const operation = openOperation(place)
      operations.set(operation.id, operation)
      return operation
    },
    get: (id) => operations.get(id.toLowerCase()),
  }
}

function openOperation(place: {
  readonly namespace: string
  readonly location: string
}): Operation {
  let state: Pick<Operation, 'status' | 'endedAt' | 'error'> = {
    status: 'InProgress',
    endedAt: undefined,
    error: undefined,
  }
  let listeners: (() => void)[] = []
  return {
    ...place,
    id: randomUUID(),
    startedAt: new Date(),
    get status() {
      return state.status
    },
    get endedAt() {
      return state.endedAt
    },
    get error() {
      return state.error
    },
    end(status, error) {
      if (state.status !== 'InProgress') return
      state = { status, endedAt: new Date(), error }
      const told = listeners
      listeners = []
      for (const listener of told) listener()
    },
    onEnd(listener) {
      if (state.status === 'InProgress') listeners.push(listener)
      else listener()
    },
  }
}
