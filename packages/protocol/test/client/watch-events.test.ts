import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openMasterClient } from '../../src/client/master-client.ts'
import type { EventNews } from '../../src/client/watch-events.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A master whose answers are given one after the other; the last one again and again. */
async function serve(...answers: Answer[]) {
  const requests: { path: string | undefined; lastEventId: unknown; token: unknown }[] = []
  const server = createServer((request, response) => {
    const { 'last-event-id': lastEventId, authorization: token } = request.headers
    requests.push({ path: request.url, lastEventId, token })
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    answer?.(request, response)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${Object(server.address()).port}`
  return {
    url,
    client: openMasterClient({ url, version: '2.0.0', token: 'the-token' }),
    requests,
  }
}

const stream =
  (text: string, end = true): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.write(text)
    if (end) response.end()
  }
const status =
  (code: number, body: unknown = {}): Answer =>
  (_request, response) =>
    void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const message = (id: number): string =>
  `id: ${id}\nevent: node:online\ndata: ${JSON.stringify({
    id,
    created_at: '2026-03-01T12:00:00.000Z',
    severity: 1,
    type: 'node:online',
    message: `event ${id}`,
  })}\n\n`

type Client = Awaited<ReturnType<typeof serve>>['client']

/** What is told, in short, up to a number of things. */
async function told(client: Client, count: number, options: { after?: number } = {}) {
  const { signal } = new AbortController()
  const news: string[] = []
  for await (const one of client.watchEvents('blue', { ...options, signal })) {
    news.push(short(one))
    if (news.length === count) break
  }
  return news
}

function short(news: EventNews): string {
  return news.type === 'event' ? news.event.message : news.type
}

describe('watching events', () => {
  it('tells that it is live, and what happens', async () => {
    const { client, requests } = await serve(
      stream(`id: 4\n\n${message(5)}:\n\n${message(6)}`, false),
    )
    expect(await told(client, 3)).toEqual(['live', 'event 5', 'event 6'])
    expect(requests).toMatchObject([{ path: '/v1/grids/blue/events', lastEventId: undefined }])
  })

  it('goes on where a connection was lost, without a double', async () => {
    const { client, requests } = await serve(
      stream(`id: 4\n\n${message(5)}`),
      status(503),
      (request) => request.socket.destroy(),
      stream(`id: 5\n\n${message(6)}`, false),
    )
    expect(await told(client, 7)).toEqual([
      ...['live', 'event 5', 'lost', 'lost', 'lost'],
      ...['live', 'event 6'],
    ])
    expect(requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '5', '5', '5'])
  })

  it('begins where it is asked to, and picks types and nodes', async () => {
    const { client, requests } = await serve(stream('id: 41\n\n', false))
    const { signal } = new AbortController()
    const options = {
      after: 41,
      types: ['node:online'],
      nodes: ['web-1', 'web-2'],
      signal,
    } as const
    await client.watchEvents('blue', options).next()
    expect(requests).toMatchObject([
      {
        path: '/v1/grids/blue/events?types=node%3Aonline&nodes=web-1%2Cweb-2',
        lastEventId: '41',
      },
    ])
  })

  it('tells that events were missed', async () => {
    const { client } = await serve(
      stream(`id: 90\nevent: reset\ndata: {"oldest":91,"newest":99}\n\n${message(91)}`, false),
    )
    expect(await told(client, 3, { after: 2 })).toEqual(['live', 'reset', 'event 91'])
  })

  it('says so where the master has no stream, and asks no more', async () => {
    const old = await serve(status(404), status(200, { name: 'blue' }))
    expect(await told(old.client, 9)).toEqual(['unsupported'])
    expect(old.requests.map(({ path }) => path)).toEqual([
      '/v1/grids/blue/events',
      '/v1/grids/blue',
    ])
    expect(await told((await serve(status(406))).client, 9)).toEqual(['unsupported'])
    expect(await told((await serve(status(200))).client, 9)).toEqual(['unsupported'])
  })

  it.each([
    [401, { error: 'invalid_token' }, 'unauthorized'],
    [403, { error: 'Access denied' }, 'forbidden'],
    [404, { error: 'Not found' }, 'not-found'],
  ])('rejects where the master answers %i', async (code, body, kind) => {
    const { client } = await serve(status(code, body))
    await expect(told(client, 1)).rejects.toMatchObject({ name: 'MasterError', kind })
  })

  it('goes on with another token where the master says that this one is too old', async () => {
    const { url, requests } = await serve(
      stream(`id: 4\n\n${message(5)}`),
      status(401),
      stream(`id: 5\n\n${message(6)}`, false),
    )
    const renewToken = async (refused: string) => `${refused}-renewed`
    const client = openMasterClient({ url, version: '2.0.0', token: 'first', renewToken })
    expect(await told(client, 5)).toEqual(['live', 'event 5', 'lost', 'live', 'event 6'])
    expect(requests.map(({ token }) => token)).toEqual([
      ...['Bearer first', 'Bearer first', 'Bearer first-renewed'],
    ])
  })

  it('rejects where what comes is no event', async () => {
    const { client } = await serve(stream('id: 1\n\ndata: {"id":"x"}\n\n', false))
    await expect(told(client, 2)).rejects.toMatchObject({ kind: 'failed' })
  })

  it('ends with the reason of the signal, while it listens and while it waits', async () => {
    for (const answer of [stream('id: 1\n\n', false), status(503)]) {
      const { client } = await serve(answer)
      const control = new AbortController()
      const reading = async (): Promise<void> => {
        for await (const _ of client.watchEvents('blue', { signal: control.signal })) {
          setTimeout(() => control.abort('interrupt'), 5)
        }
      }
      await expect(reading()).rejects.toBe('interrupt')
    }
  })

  it('hangs up when nobody reads on', async () => {
    const hungUp = new Promise<void>((resolve) => {
      const answer: Answer = (request, response) => {
        request.socket.once('close', () => resolve())
        stream(`id: 4\n\n${message(5)}`, false)(request, response)
      }
      void serve(answer).then(({ client }) => told(client, 2))
    })
    await expect(hungUp).resolves.toBeUndefined()
  })
})
