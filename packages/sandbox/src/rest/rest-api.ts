import type { WritableCallLog } from '../calls.ts'
import type { ArmedFaults } from '../faults.ts'
import { afterCommit, beforeCommit, type Refusal as FaultRefusal } from '../faulty-call.ts'
import { type CloudReply, type CloudRequest, dropped, type Endpoint } from '../server.ts'
import { Refusal } from './refusal.ts'
import { openRouter, type RestCall, type RestReply, type Route } from './route.ts'

type Struck = Exclude<FaultRefusal, { kind: 'reset' }>

/** An API that speaks JSON over paths and methods, and what is its own about it. */
export interface RestApi<World> {
  /** Paths that it answers, as in `/v2/`. */
  readonly prefix: string
  readonly routes: readonly Route<World>[]
  readonly world: World
  readonly faults: ArmedFaults
  readonly calls: WritableCallLog
  /** Lets a request in or throws Refusal: who sends it, and how many. */
  admit(request: CloudRequest): void
  /** The region or zone that a call is about, where it is about one. */
  zoneOf(call: RestCall<World>): string | undefined
  /** Nothing answers this method and path. */
  unknownPath(): Refusal
  /** The body is no JSON. */
  malformedBody(): Refusal
  /** A fault, in the API's own words. */
  struck(fault: Struck): Refusal
  render(refusal: Refusal, request: CloudRequest): CloudReply
  /** Sent with every answer. */
  headers?(): Readonly<Record<string, string>>
}

/** Answers for such an API: admission, route, faults, the operation, faults again, and the log. */
export function openRestApi<World>(api: RestApi<World>): Endpoint {
  const find = openRouter(api.routes)
  return {
    handles: ({ target }) => target.startsWith(api.prefix),
    async answer(request) {
      const time = Date.now()
      const call = openCall(request, api, find)
      const { reply, code } = await carryOut(call, request, api)
      api.calls.add({
        action: call.action,
        region: call.zone ?? '',
        dryRun: false,
        status: reply === dropped ? 0 : reply.status,
        code,
        time,
      })
      return reply
    },
  }
}

interface OpenedCall<World> extends RestCall<World> {
  readonly route: Route<World> | undefined
  readonly isMalformed: boolean
}

function openCall<World>(
  request: CloudRequest,
  api: RestApi<World>,
  find: ReturnType<typeof openRouter<World>>,
): OpenedCall<World> {
  const url = new URL(request.target, `http://${request.headers.host ?? 'sandbox'}`)
  const { pathname, searchParams } = url
  const found = find(request.method, pathname.slice(api.prefix.length))
  const parsed = parseJson(request.body)
  const action = found?.route.action ?? `${request.method} ${pathname}`
  const call = {
    route: found?.route,
    isMalformed: request.body !== '' && parsed === undefined,
    action: typeof action === 'string' ? action : action(parsed),
    parameters: found?.parameters ?? {},
    url,
    query: searchParams,
    body: parsed,
    world: api.world,
  }
  return { ...call, zone: api.zoneOf(call) }
}

interface Outcome {
  readonly reply: CloudReply | typeof dropped
  readonly code: string | undefined
}

async function carryOut<World>(
  call: OpenedCall<World>,
  request: CloudRequest,
  api: RestApi<World>,
): Promise<Outcome> {
  try {
    api.admit(request)
    const fault = await beforeCommit(api.faults, call)
    if (fault?.kind === 'reset') return { reply: dropped, code: undefined }
    if (fault !== undefined) throw api.struck(fault)
    if (call.route === undefined) throw api.unknownPath()
    if (call.isMalformed) throw api.malformedBody()
    const reply = json(call.route.answer(call), api.headers?.())
    const isLost = await afterCommit(api.faults, call)
    return { reply: isLost ? dropped : reply, code: undefined }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const reply = api.render(error, request)
    const headers = { ...api.headers?.(), ...reply.headers, ...error.headers }
    return { reply: { ...reply, headers }, code: error.code }
  }
}

function json({ status, body }: RestReply, headers: Readonly<Record<string, string>> = {}) {
  const text = body === undefined ? '' : JSON.stringify(body)
  return { status, type: 'application/json; charset=utf-8', body: text, headers }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
