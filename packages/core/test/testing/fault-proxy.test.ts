import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FaultProxy, openFaultProxy, type Strike } from '../../src/testing/fault-proxy.ts'

interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let proxy: FaultProxy
let target: string
let received: Received[]
let close: () => void

beforeEach(async () => {
  received = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += String(part)
    const { method = '', url = '', headers } = request
    received.push({ method, url, headers, body })
    response.setHeader('x-next', `${target}/page/2`)
    response.writeHead(201, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ next: `${target}/page/2`, text: 'done' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  target = `http://127.0.0.1:${address.port}`
  close = () => {
    server.closeAllConnections()
    server.close()
  }
  proxy = await openFaultProxy({ endpoint: target }, ({ method, path }) => ({
    name: `${method} ${path}`,
    changes: method !== 'GET',
  }))
})
afterEach(async () => {
  await proxy.close()
  close()
})

function strikeWith(strike: Strike): void {
  proxy.strike = () => strike
}

test('passes requests on as they are, the host they were signed for included', async () => {
  const init = { method: 'POST', body: '{"a":1}', headers: { authorization: 'sig' } }
  const response = await fetch(`${proxy.url}/things?x=1`, init)
  expect(response.status).toBe(201)
  expect(received).toMatchObject([{ method: 'POST', url: '/things?x=1', body: '{"a":1}' }])
  expect(received[0]?.headers).toMatchObject({
    authorization: 'sig',
    host: new URL(proxy.url).host,
  })
})

test('stands in for the cloud in the addresses that answers name', async () => {
  const response = await fetch(`${proxy.url}/page/1`)
  expect(response.headers.get('x-next')).toBe(`${proxy.url}/page/2`)
  expect(await response.json()).toEqual({ next: `${proxy.url}/page/2`, text: 'done' })
})

test('remembers requests with their kinds and answers', async () => {
  await (await fetch(`${proxy.url}/a`)).text()
  await (await fetch(`${proxy.url}/b`, { method: 'PUT' })).text()
  expect(proxy.seen.map(({ kind, number }) => [kind.name, kind.changes, number])).toEqual([
    ['GET /a', false, 0],
    ['PUT /b', true, 1],
  ])
  expect(proxy.seen[1]?.answer).toMatchObject({ status: 201 })
})

test('drops the connection before the cloud hears of the request', async () => {
  strikeWith({ commits: false })
  await expect(fetch(`${proxy.url}/a`)).rejects.toThrow()
  expect(received).toEqual([])
})

test('drops the connection after the cloud has done what it was asked', async () => {
  const told: string[] = []
  proxy.committed = ({ kind }) => told.push(kind.name)
  strikeWith({ commits: true })
  await expect(fetch(`${proxy.url}/a`, { method: 'POST' })).rejects.toThrow()
  expect(received).toHaveLength(1)
  expect(told).toEqual(['POST /a'])
})

test('answers in place of the cloud, with or without its having acted', async () => {
  const answer = () => ({ status: 429, headers: { 'retry-after': '7' }, body: 'no more' })
  strikeWith({ commits: false, answer })
  const refused = await fetch(`${proxy.url}/a`)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7'])
  expect(received).toEqual([])
  strikeWith({ commits: true, answer: (_request, own) => ({ ...answer(), body: own?.body ?? '' }) })
  expect(await (await fetch(`${proxy.url}/a`)).text()).toContain('done')
  expect(received).toHaveLength(1)
})

test('cuts an answer off in the middle', async () => {
  strikeWith({ commits: true, answer: () => ({ status: 200, body: 'a long story', cut: 6 }) })
  const response = await fetch(`${proxy.url}/a`)
  await expect(response.text()).rejects.toThrow()
})

test('holds a request back until its caller hangs up, and counts it meanwhile', async () => {
  strikeWith({ commits: false, delay: 3_600_000 })
  const control = new AbortController()
  const asking = fetch(`${proxy.url}/a`, { signal: control.signal })
  await expect.poll(() => proxy.held()).toBe(1)
  control.abort()
  await expect(asking).rejects.toThrow()
  await expect.poll(() => proxy.held()).toBe(0)
  expect(received).toEqual([])
})

test('strikes the requests that it is told to, and no others', async () => {
  proxy.strike = ({ kind }) => (kind.changes ? { commits: false } : undefined)
  expect((await fetch(`${proxy.url}/a`)).status).toBe(201)
  await expect(fetch(`${proxy.url}/a`, { method: 'DELETE' })).rejects.toThrow()
})

test('asks a cloud in its own process without a second way over HTTP', async () => {
  const asked: string[] = []
  const direct = await openFaultProxy(
    {
      endpoint: target,
      answer: async ({ method, path, body }) => {
        asked.push(`${method} ${path} ${Buffer.from(body)}`)
        return { status: 202, headers: { 'x-next': `${target}/next` }, body: `see ${target}` }
      },
    },
    () => ({ name: 'any', changes: true }),
  )
  const response = await fetch(`${direct.url}/things?x=1`, { method: 'PUT', body: 'a' })
  expect(asked).toEqual(['PUT /things?x=1 a'])
  expect(response.status).toBe(202)
  expect(response.headers.get('x-next')).toBe(`${direct.url}/next`)
  expect(await response.text()).toBe(`see ${direct.url}`)
  expect(received).toEqual([])
  await direct.close()
})

test('drops the connection where a cloud in its own process answers nothing', async () => {
  const cloud = { endpoint: target, answer: async () => undefined }
  const silent = await openFaultProxy(cloud, () => ({ name: 'any', changes: true }))
  await expect(fetch(silent.url)).rejects.toThrow()
  await silent.close()
})
