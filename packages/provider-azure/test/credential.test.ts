import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ArmStub, startStub } from './arm-stub.ts'
import { call, openSession } from './orders.ts'

/** Refusals that the token service still has to give, by their `Retry-After`. */
const refusals: (string | undefined)[] = []
let asked = 0
let service: Server
let stub: ArmStub

// The identity library keeps the address of its token service for the whole process.
beforeAll(async () => {
  service = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  stub = await startStub(() => ({ body: { state: 'Enabled' } }))
  const address = service.address()
  const port = typeof address === 'object' ? address?.port : undefined
  vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${port}/token`)
})
afterAll(() => {
  vi.unstubAllEnvs()
  stub.close()
  service.close()
})

function answer(response: ServerResponse): void {
  asked += 1
  response.setHeader('content-type', 'application/json')
  if (refusals.length === 0) {
    const expires = Math.floor(Date.now() / 1_000) + 86_400
    const body = { access_token: 'a-token', expires_on: String(expires), token_type: 'Bearer' }
    response.end(JSON.stringify(body))
    return
  }
  const wait = refusals.shift()
  if (wait !== undefined) response.setHeader('retry-after', wait)
  response.writeHead(429).end('{"error":"too_many_requests"}')
}

// One test, as the library keeps a token for the whole process too.
test('a token service that is asked too much is waited for by the kernel, and not unseen', async () => {
  refusals.push('37', undefined)
  const session = await openSession()
  const refused = { code: 'RATE_LIMITED', message: expect.stringContaining('no more requests') }
  await expect(session.account(call)).rejects.toMatchObject({ ...refused, retryAfter: 37_000 })
  expect(asked).toBe(1)
  await expect(session.account(call)).rejects.toMatchObject({ ...refused, retryAfter: undefined })
  expect(asked).toBe(2)
  expect(await session.account(call)).toMatchObject({ region: 'westeurope' })
})
