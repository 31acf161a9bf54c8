import { describe, expect, it, onTestFinished } from 'vitest'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

const logs = '/v1/grids/blue/event_logs'

async function openMaster(options: Parameters<typeof testMaster>[0] = {}): Promise<TestMaster> {
  const master = await testMaster(options)
  onTestFinished(() => master.close())
  await master.send('/v1/grids', { method: 'POST', body: { name: 'blue' } })
  for (const name of ['web-1', 'web-2', 'web-3']) {
    master.clock.advance(60_000)
    await master.send('/v1/grids/blue/nodes', { method: 'POST', body: { name } })
  }
  return master
}

const messages = (body: unknown): string[] =>
  Object(body).logs.map((entry: { message: string }) => entry.message)

describe('event logs', () => {
  it('tell what happened, oldest first, as 1.5 did and with an id', async () => {
    const { send } = await openMaster()
    const { status, body } = await send(logs)
    expect(status).toBe(200)
    expect(messages(body)).toEqual([
      'create grid blue by admin',
      ...['web-1', 'web-2', 'web-3'].map((name) => `create node ${name} by admin`),
    ])
    expect(Object(body).logs[1]).toEqual({
      id: expect.any(Number),
      created_at: '2026-03-01T12:01:00.000Z',
      severity: 1,
      type: 'node:created',
      message: 'create node web-1 by admin',
      meta: { after: expect.objectContaining({ labels: [] }) },
      relationships: [{ id: 'blue/web-1', type: 'node' }],
    })
    expect(Object(body).logs[0].relationships).toEqual([{ id: 'blue', type: 'grid' }])
  })

  it('are the latest, as many as are asked for', async () => {
    const { send } = await openMaster()
    const { body } = await send(`${logs}?limit=2`)
    expect(messages(body)).toEqual(['create node web-2 by admin', 'create node web-3 by admin'])
  })

  it.each(['2026-03-01T12:02:00.000Z', '2026-03-01 12:02', '2026-03-01T13:02:00%2B01:00'])(
    'begin at a time, as in since=%s',
    async (since) => {
      const { send } = await openMaster()
      const { body } = await send(`${logs}?since=${since}`)
      expect(messages(body)).toEqual(['create node web-2 by admin', 'create node web-3 by admin'])
    },
  )

  it('begin behind an id, which wins over a time, with the first ones', async () => {
    const { send } = await openMaster()
    const first = Object((await send(logs)).body).logs[0].id
    const { body } = await send(`${logs}?from=${first}&since=2099-01-01&limit=2`)
    expect(messages(body)).toEqual(['create node web-1 by admin', 'create node web-2 by admin'])
  })

  it('are only about some nodes, and never about services', async () => {
    const { send } = await openMaster()
    const about = await send(`${logs}?nodes=web-1,web-3`)
    expect(messages(about.body)).toEqual([
      'create node web-1 by admin',
      'create node web-3 by admin',
    ])
    expect(messages((await send(`${logs}?services=app/web`)).body)).toEqual([])
  })

  it.each(['limit=0', 'limit=10001', 'limit=many', 'since=tomorrow', 'from=x'])(
    'are refused for ?%s',
    async (query) => {
      const { send } = await openMaster()
      const [field = ''] = query.split('=')
      expect(await send(`${logs}?${query}`)).toMatchObject({
        status: 422,
        body: { error: { [field]: expect.any(String) } },
      })
    },
  )

  it('tell nothing of a grid of the same name that is no more', async () => {
    const { send, clock } = await openMaster()
    for (const name of ['web-1', 'web-2', 'web-3']) {
      await send(`/v1/nodes/blue/${name}`, { method: 'DELETE' })
    }
    await send('/v1/grids/blue', { method: 'DELETE' })
    // Whatever the clock says by then.
    clock.advance(-3_600_000)
    await send('/v1/grids', { method: 'POST', body: { name: 'blue' } })
    for (const query of ['', '?from=0', '?since=2000-01-01']) {
      expect(messages((await send(logs + query)).body)).toEqual(['create grid blue by admin'])
    }
    const { body } = await send('/v1/grids/blue/audit_log')
    expect(Object(body).logs).toHaveLength(1)
  })

  it('tell who follows one node nothing of one in a grid that is no more', async () => {
    const { send, app, admin } = await openMaster()
    for (const name of ['web-1', 'web-2', 'web-3']) {
      await send(`/v1/nodes/blue/${name}`, { method: 'DELETE' })
    }
    await send('/v1/grids/blue', { method: 'DELETE' })
    await send('/v1/grids', { method: 'POST', body: { name: 'blue' } })
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const control = new AbortController()
    onTestFinished(() => control.abort())
    const reply = await fetch(`${url}${logs}?follow=1&from=0&nodes=web-1`, {
      headers: { authorization: `Bearer ${admin}` },
      signal: control.signal,
    })
    const first = await reply.body?.getReader().read()
    expect(new TextDecoder().decode(first?.value)).toBe(' ')
  })

  it('are for members of the grid', async () => {
    const { send, loginAs } = await openMaster()
    const member = await loginAs('member@example.com', [], ['blue'])
    expect((await send(logs, { token: member })).status).toBe(200)
    const stranger = await loginAs('stranger@example.com', ['user_admin'])
    expect((await send(logs, { token: stranger })).status).toBe(403)
    expect((await send('/v1/grids/none/event_logs')).status).toBe(404)
  })

  it('are followed as one object behind the other, with blanks while nothing happens', async () => {
    const master = await openMaster()
    const url = await master.app.listen({ host: '127.0.0.1', port: 0 })
    const control = new AbortController()
    onTestFinished(() => control.abort())
    const reply = await fetch(`${url}${logs}?follow=1&limit=1&nodes=web-3,web-4`, {
      headers: { authorization: `Bearer ${master.admin}` },
      signal: control.signal,
    })
    let text = ''
    const read = async (until: RegExp): Promise<void> => {
      for await (const chunk of reply.body?.values({ preventCancel: true }) ?? []) {
        text += new TextDecoder().decode(chunk)
        if (until.test(text)) return
      }
    }
    await read(/web-3/)
    await read(/} $/)
    for (const name of ['web-4', 'web-5']) {
      await master.send('/v1/grids/blue/nodes', { method: 'POST', body: { name } })
    }
    await read(/web-4.* $/)
    expect(text).not.toContain('web-5')
    const objects = text.trim().split(/(?<=})\s*(?={"id)/)
    expect(objects.map((one) => JSON.parse(one).message)).toEqual([
      'create node web-3 by admin',
      'create node web-4 by admin',
    ])
  })
})
