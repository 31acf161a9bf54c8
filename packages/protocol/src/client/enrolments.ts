import { z } from 'zod'
import * as rest from '../rest.ts'
import { gridPath } from './paths.ts'
import type { Call } from './requester.ts'

export function enrolmentCalls(call: Call) {
  return {
    createEnrolment: (grid: string, body: rest.EnrolmentCreate, signal?: AbortSignal) =>
      call(`${gridPath(grid)}/enrolments`, rest.enrolment, { method: 'POST', body, signal }),
    /** Kills an order's secret. An order the master does not know is no error. */
    endEnrolment: (grid: string, order: string, signal?: AbortSignal) =>
      call(`${gridPath(grid)}/enrolments/${encodeURIComponent(order)}`, z.unknown(), {
        method: 'DELETE',
        signal,
      }),
  }
}
