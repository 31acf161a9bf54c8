import { inspect } from 'node:util'
import { isFailure, openRateBudget, type ProviderSession, type ProvisionEvent } from '@kontena/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { problem, type StubAnswer, startApiStub, stubToken } from './api-stub.ts'
import { batchOf, call, newOwner, openSession, orderOf } from './orders.ts'

afterEach(() => vi.restoreAllMocks())

const owner = newOwner()
const shared = { vpc: 'vpc', sshKeys: ['aa'] }

const calls: readonly (readonly [
  string,
  (session: ProviderSession) => Promise<unknown> | undefined,
])[] = [
  ['account', (session) => session.account(call)],
  ['preflight', (session) => session.preflight(orderOf(owner), call)],
  ['prepare', (session) => session.prepare(orderOf(owner), call)],
  ['create', (session) => session.create(batchOf(owner, shared), call)],
  ['find by owner', (session) => session.find({ owner }, call)],
  ['find by id', (session) => session.find({ ids: ['7'] }, call)],
  ['terminate', (session) => session.terminate(['7'], call)],
  ['restart', (session) => session.restart?.(['7'], call)],
  ['removeShared', (session) => session.removeShared(owner, call)],
  ['choices', (session) => session.choices?.({ option: 'size', given: {} }, call)],
]

/** Answers that quote the request, as a proxy or a curious server may. */
const answers: readonly (readonly [string, StubAnswer])[] = [
  ['a hang-up', { hangUp: true }],
  ['401', problem(401, 'unauthorized', `Bearer ${stubToken} is not known`)],
  ['403', problem(403, stubToken, `${stubToken} and ${stubToken}`)],
  ['422', problem(422, 'unprocessable_entity', `authorization: Bearer ${stubToken}`)],
  ['429', problem(429, 'too_many_requests', stubToken, { 'retry-after': stubToken })],
  ['500 in HTML', { status: 500, text: `<pre>${stubToken}</pre>` }],
  ['200 in HTML', { text: `<pre>${stubToken}</pre>` }],
  ['200 of another shape', { json: { [stubToken]: stubToken } }],
  ['a redirect', { status: 302, headers: { location: `https://evil.example/${stubToken}` } }],
]

describe.each(answers)(
  'the token is in no error, event or log when the answer is %s',
  (_, answer) => {
    test.each(calls)('%s', async (_name, make) => {
      const api = await startApiStub()
      for (const line of lines) api.answer(line, answer)
      const printed = ['log', 'info', 'warn', 'error', 'debug'] as const
      const spies = printed.map((name) => vi.spyOn(console, name).mockImplementation(() => {}))
      const events: ProvisionEvent[] = []
      const rate = openRateBudget({ title: 'x', emit: (event) => events.push(event) })
      const session = await openSession({ rate })
      const error = await make(session)?.catch((thrown: unknown) => thrown)
      // Any JSON with 200 is enough to believe that a machine goes or restarts.
      if (error !== undefined) expect(isFailure(error)).toBe(true)
      const all = { error, events, printed: spies.map(({ mock }) => mock.calls) }
      expect(everything(all)).not.toContain(stubToken)
      expect(JSON.stringify(all)).not.toContain(stubToken)
      expect(api.requests.length).toBeGreaterThan(0)
    })
  },
)

const lines = [
  'GET /v2/account',
  'GET /v2/vpcs',
  'GET /v2/sizes',
  'POST /v2/droplets',
  'GET /v2/droplets',
  'GET /v2/droplets/7',
  'DELETE /v2/droplets/7',
  'POST /v2/droplets/7/actions',
]

/** With causes, hidden fields and stacks. */
function everything(value: unknown): string {
  return inspect(value, { depth: 20, showHidden: true, getters: true, maxStringLength: null })
}
