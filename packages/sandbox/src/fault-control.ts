import type { CallLog } from './calls.ts'
import { type Faults, faultBody } from './faults.ts'
import type { Machine } from './machine/machine.ts'
import type { CloudReply, Endpoint } from './server.ts'

/**
 * Lets a person with curl do what a test does in code: `POST /_sandbox/faults` adds one fault or a
 * list, `GET` shows them, `DELETE` clears them; the same for `GET` and `DELETE /_sandbox/calls`.
 * `GET /_sandbox/machines` tells where machines can be looked at, by their ids at their clouds.
 */
export function openFaultControl(
  faults: Faults,
  calls: CallLog,
  machines: () => ReadonlyMap<string, Machine>,
): Endpoint {
  return {
    handles: (request) => request.target.startsWith('/_sandbox/'),
    async answer(request) {
      switch (`${request.method} ${request.target}`) {
        case 'GET /_sandbox/faults':
          return json(200, faults.list())
        case 'DELETE /_sandbox/faults':
          faults.clear()
          return json(200, [])
        case 'POST /_sandbox/faults':
          return addFaults(faults, request.body)
        case 'GET /_sandbox/calls':
          return json(200, calls.all())
        case 'DELETE /_sandbox/calls':
          calls.clear()
          return json(200, [])
        case 'GET /_sandbox/machines':
          return json(200, [...machines()].map(describeMachine))
        default:
          return json(404, { error: `nothing answers ${request.method} ${request.target}` })
      }
    },
  }
}

function describeMachine([id, machine]: readonly [string, Machine]) {
  return { id, root: machine.root, ssh: machine.ssh?.() }
}

function addFaults(faults: Faults, body: string): CloudReply {
  const parsed = faultBody.or(faultBody.array()).safeParse(parseJson(body))
  if (!parsed.success) return json(400, { error: 'not a fault', issues: parsed.error.issues })
  for (const fault of [parsed.data].flat()) faults.add(fault)
  return json(201, faults.list())
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function json(status: number, body: unknown): CloudReply {
  return { status, type: 'application/json', body: `${JSON.stringify(body)}\n` }
}
