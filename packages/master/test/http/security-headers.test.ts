import { once } from 'node:events'
import { createConnection } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashContent } from '../../src/secrets/secrets.ts'
import { knock, listen } from '../fixtures/test-agent.ts'
import { agentBundle, type Sent, type TestMaster, testMaster } from '../fixtures/test-master.ts'

const always = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-kontena-version': '2.0.0',
}

let master: TestMaster
beforeEach(async () => {
  master = await testMaster()
})
afterEach(() => master.close())

/** Sends these bytes, and resolves to all that comes back until the master hangs up. */
async function converse(bytes: string): Promise<string> {
  const url = new URL(await listen(master))
  const socket = createConnection({ host: url.hostname, port: Number(url.port) })
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => undefined)
  socket.write(bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

describe('every answer', () => {
  it.each<[string, number, string, Sent]>([
    ['of a route', 200, '/v1/grids', {}],
    ['to anybody', 200, '/', { token: undefined }],
    ['to who may not', 403, '/v1/grids', { token: 'wrong' }],
    ['that there is nothing', 404, '/nothing/here', {}],
    ['to what is no JSON', 400, '/v1/grids', { method: 'POST', body: '{' }],
    [
      'to a body that is too long',
      413,
      '/oauth2/token',
      { method: 'POST', body: 'x'.repeat(70_000) },
    ],
    ['to an address that cannot be decoded', 400, '/v1/grids/%E0%A4%A', {}],
    ['to a name that is too long', 414, `/v1/grids/${'x'.repeat(600)}`, {}],
  ])('%s says what browsers may do with it', async (_what, status, url, sent) => {
    const reply = await master.send(url, sent)
    expect(reply.status).toBe(status)
    expect(reply.headers).toMatchObject({ ...always, 'cache-control': 'no-store' })
    expect(reply.headers).not.toHaveProperty('strict-transport-security')
    expect(reply.headers).not.toHaveProperty('server')
  })

  it('that refuses an agent says it too', async () => {
    const reply = await knock(await listen(master), { 'Kontena-Node-Token': 'wrong' })
    expect(reply).toMatchObject({ status: 401, headers: always })
  })

  it('may be kept only where its content never changes', async () => {
    const reply = await master.send(`/v1/agent/bundle/${hashContent(agentBundle)}`)
    expect(reply.headers).toMatchObject({ ...always, 'cache-control': /immutable/ })
  })
})

describe('what is no request', () => {
  it.each([
    ['no HTTP', 'GOOD DAY\r\n\r\n', 'HTTP/1.1 400 Bad Request', '{"error":"This is not HTTP"}'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
      'HTTP/1.1 431 Request Header Fields Too Large',
      '{"error":"The headers are too long"}',
    ],
    [
      'an address without end',
      `GET /${'y'.repeat(40_000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
      'HTTP/1.1 431 Request Header Fields Too Large',
      '{"error":"The headers are too long"}',
    ],
    [
      'a body of two lengths',
      'POST /oauth2/token HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 400 Bad Request',
      '{"error":"This is not HTTP"}',
    ],
  ])('as %s gets an answer, and its connection ends', async (_what, bytes, status, body) => {
    const text = await converse(bytes)
    expect(text.split('\r\n')[0]).toBe(status)
    for (const [name, value] of Object.entries(always)) expect(text).toContain(`${name}: ${value}`)
    expect(text.endsWith(`\r\n\r\n${body}`)).toBe(true)
    expect((await master.send('/v1/ping')).status).toBe(200)
  })
})
