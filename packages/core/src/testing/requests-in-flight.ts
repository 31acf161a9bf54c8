import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { ClientRequest, IncomingMessage } from 'node:http'

/** How many HTTP requests of this process wait for their answer, or for the rest of it. */
export interface RequestsInFlight {
  count(): number
  stop(): void
}

/**
 * Watches the HTTP clients of this process by what Node tells of them: on a busy computer even a
 * loopback connection takes its time, in which neither side seems to do anything.
 */
export function watchRequests(): RequestsInFlight {
  const fetches = new Set<unknown>()
  const requests = new Set<ClientRequest>()
  const answers = new Set<IncomingMessage>()
  const part = (message: unknown, key: string): unknown =>
    typeof message === 'object' && message !== null ? Reflect.get(message, key) : undefined

  const began = (message: unknown): void => {
    const request = part(message, 'request')
    if (request instanceof ClientRequest) requests.add(request)
  }
  const failed = (message: unknown): void => {
    const request = part(message, 'request')
    if (request instanceof ClientRequest) requests.delete(request)
  }
  const answered = (message: unknown): void => {
    failed(message)
    const response = part(message, 'response')
    if (response instanceof IncomingMessage) answers.add(response)
  }
  const fetchBegan = (message: unknown): void => {
    fetches.add(part(message, 'request'))
  }
  const fetchEnded = (message: unknown): void => {
    fetches.delete(part(message, 'request'))
  }
  const channels = [
    ['http.client.request.start', began],
    ['http.client.request.error', failed],
    ['http.client.response.finish', answered],
    ['undici:request:create', fetchBegan],
    ['undici:request:trailers', fetchEnded],
    ['undici:request:error', fetchEnded],
  ] as const
  for (const [name, listener] of channels) subscribe(name, listener)
  return {
    count: () => {
      for (const request of requests) if (request.destroyed) requests.delete(request)
      for (const answer of answers) if (answer.complete || answer.destroyed) answers.delete(answer)
      return fetches.size + requests.size + answers.size
    },
    stop: () => {
      for (const [name, listener] of channels) unsubscribe(name, listener)
    },
  }
}
