import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMasterClient } from '../../src/index.ts'

const server = { good: 'new', requests: [] as string[], close: () => {}, url: '' }

beforeEach(async () => {
  const http = createServer((request, reply) => {
    const token = (request.headers.authorization ?? '').replace('Bearer ', '')
    server.requests.push(token)
    const status = token === server.good ? 200 : token === 'gone' ? 403 : 401
    const body = status === 200 ? { id: '1', email: 'jo' } : { error: 'invalid_token' }
    reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  server.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  server.requests = []
  server.close = () => void http.close()
})
afterEach(() => server.close())

function client(token: string, renewToken?: (refused: string) => Promise<string | undefined>) {
  return openMasterClient({ url: server.url, version: '2.0.0', token, renewToken })
}

describe('a client whose token is too old', () => {
  it('asks for another one, and goes on with it', async () => {
    const refused: string[] = []
    const master = client('old', async (token) => {
      refused.push(token)
      return 'new'
    })
    expect(await master.user()).toMatchObject({ email: 'jo' })
    expect(await master.user()).toMatchObject({ email: 'jo' })
    expect(refused).toEqual(['old'])
    expect(server.requests).toEqual(['old', 'new', 'new'])
  })

  it('asks once for all requests that are under way', async () => {
    let asked = 0
    const master = client('old', async () => {
      asked += 1
      return 'new'
    })
    await Promise.all([master.user(), master.user(), master.user()])
    expect(asked).toBe(1)
  })

  it.each([
    ['there is none', async () => undefined],
    ['it is no better', async () => 'worse'],
  ])('fails as before where %s', async (_what, renewToken) => {
    await expect(client('old', renewToken).user()).rejects.toMatchObject({ kind: 'unauthorized' })
    expect(server.requests.length).toBeLessThanOrEqual(2)
  })

  it('fails where nobody can renew it, or it never was one', async () => {
    await expect(client('old').user()).rejects.toMatchObject({ status: 401 })
    const renewing = client('gone', async () => 'new')
    await expect(renewing.user()).rejects.toMatchObject({ status: 403 })
    expect(server.requests).toEqual(['old', 'gone'])
  })
})
