import type { IncomingHttpHeaders } from 'node:http'
import type { World } from './world.ts'

/** One call, past authentication. */
export interface Call {
  readonly method: string
  /** Path and query, as sent. */
  readonly target: string
  /** Where the sandbox is, for addresses in replies. */
  readonly url: string
  readonly parameters: Readonly<Record<string, string>>
  /** Names in lower case. */
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
  readonly apiVersion: string
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Route {
  /** As the SDK has it: `virtualMachines.createOrUpdate`. */
  readonly action: string
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'
  /** With `{name}` for what differs; compared without regard to case. */
  readonly path: string
  readonly apiVersions: readonly string[]
  /** The right that callers need, as in `Microsoft.Compute/virtualMachines/write`. */
  readonly permission: string
  /** Whether it only tells what would happen. */
  readonly isDryRun?: boolean
  /** Whether it may be called for a resource group that is not there. */
  readonly needsNoGroup?: boolean
  /** Throws ArmError. */
  run(call: Call, world: World): Answer
}

export const inSubscription = '/subscriptions/{subscriptionId}'
export const inGroup = `${inSubscription}/resourceGroups/{resourceGroup}`

interface Match {
  readonly route: Route
  readonly parameters: Readonly<Record<string, string>>
}

/** Finds the route that a call means; literal segments win over parameters by coming first. */
export function openRouter(
  routes: readonly Route[],
): (method: string, path: string) => Match | undefined {
  const compiled = routes.map((route) => ({ route, segments: route.path.slice(1).split('/') }))
  return (method, path) => {
    const given = path.replace(/\/+$/, '').slice(1).split('/')
    for (const { route, segments } of compiled) {
      if (route.method !== method || segments.length !== given.length) continue
      const parameters = match(segments, given)
      if (parameters !== undefined) return { route, parameters }
    }
    return undefined
  }
}

function match(
  segments: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const text = given[index] ?? ''
    const name = /^\{(.+)\}$/.exec(segment)?.[1]
    if (name !== undefined) parameters[name] = decode(text)
    else if (segment.toLowerCase() !== text.toLowerCase()) return undefined
  }
  return parameters
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
