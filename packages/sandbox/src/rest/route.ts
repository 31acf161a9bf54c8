import type { FaultyCall } from '../faults.ts'

/** One call that found its route. */
export interface RestCall<World> extends FaultyCall {
  /** As faults and the log name it: `droplets.create`. */
  readonly action: string
  /** From the path, by the names that the route gives them. */
  readonly parameters: Readonly<Record<string, string>>
  /** As the caller wrote it, for links to other pages. */
  readonly url: URL
  readonly query: URLSearchParams
  /** Parsed JSON; undefined where there is none. */
  readonly body: unknown
  readonly world: World
}

export interface RestReply {
  readonly status: number
  /** Written as JSON; no body at all where absent. */
  readonly body?: unknown
}

/** One operation of an API. */
export interface Route<World> {
  readonly method: string
  /** Without the API's prefix; `:name` stands for one segment. */
  readonly path: string
  /** Fixed, or told from the body where one path has many operations. */
  readonly action: string | ((body: unknown) => string)
  /** Checks everything, then changes, at once: no other call comes between. Throws Refusal. */
  answer(call: RestCall<World>): RestReply
}

export interface FoundRoute<World> {
  readonly route: Route<World>
  readonly parameters: Readonly<Record<string, string>>
}

/** Finds routes by method and path; a slash at the end makes no difference. */
export function openRouter<World>(
  routes: readonly Route<World>[],
): (method: string, path: string) => FoundRoute<World> | undefined {
  const split = routes.map((route) => ({ route, segments: segmentsOf(route.path) }))
  return (method, path) => {
    const given = segmentsOf(path)
    for (const { route, segments } of split) {
      if (route.method !== method) continue
      const parameters = match(segments, given)
      if (parameters !== undefined) return { route, parameters }
    }
    return undefined
  }
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '')
}

function match(
  segments: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const value = given[index] ?? ''
    if (segment.startsWith(':')) parameters[segment.slice(1)] = decode(value)
    else if (segment !== value) return undefined
  }
  return parameters
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
