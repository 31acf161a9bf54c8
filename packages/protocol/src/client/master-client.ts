import * as rest from '../rest.ts'
import { accessCalls } from './access.ts'
import { configurationCalls } from './configuration.ts'
import { enrolmentCalls } from './enrolments.ts'
import { eventCalls } from './events.ts'
import { gridCalls } from './grids.ts'
import { healthCalls } from './health.ts'
import { nodeCalls } from './nodes.ts'
import { type MasterClientOptions, requester } from './requester.ts'
import { streamOpener } from './stream-opener.ts'
import { tokenHolder } from './token-holder.ts'

/** The master's REST API. Every method rejects with `MasterError`, or as the signal says. */
export type MasterClient = ReturnType<typeof openMasterClient>

export function openMasterClient(given: MasterClientOptions) {
  const { options, renewing, renewingStream } = tokenHolder(given)
  const call = renewing(requester(options))
  return {
    url: options.url,
    ca: options.ca,
    info: (signal?: AbortSignal) => call('/', rest.masterInfo, { signal }),
    ...accessCalls(call),
    ...configurationCalls(call),
    ...gridCalls(call),
    ...nodeCalls(call),
    ...enrolmentCalls(call),
    ...eventCalls(call, renewingStream(streamOpener(options))),
    ...healthCalls(call),
  }
}
