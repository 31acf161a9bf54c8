import { once } from 'node:events'
import { createConnection } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

async function openMaster(): Promise<TestMaster> {
  const master = await testMaster()
  onTestFinished(() => master.close())
  for (const name of ['blue', 'green']) {
    await master.send('/v1/grids', { method: 'POST', body: { name } })
  }
  const headers = { 'user-agent': 'kontena-cli/1.5.4' }
  const body = { name: 'web-1', labels: ['az=a'] }
  await master.send('/v1/grids/blue/nodes', { method: 'POST', body, headers })
  return master
}

const entries = (body: unknown): Record<string, unknown>[] => Object(body).logs

describe('the audit log', () => {
  it('of a grid tells who did what from where, oldest first, in the shape of 1.5', async () => {
    const { send, store } = await openMaster()
    const admin = await store.user('admin')
    const { status, body } = await send('/v1/grids/blue/audit_log')
    expect(status).toBe(200)
    expect(entries(body).map(({ event_name }) => event_name)).toEqual([
      'create grid',
      'create node',
    ])
    expect(entries(body)[1]).toEqual({
      id: expect.any(Number),
      time: '2026-03-01T12:00:00.000Z',
      grid: 'blue',
      grid_id: 'blue',
      service: null,
      resource_type: 'node',
      resource_name: 'web-1',
      resource_id: 'blue/web-1',
      event_name: 'create node',
      event_status: 'success',
      source_ip: '127.0.0.1',
      user_agent: 'kontena-cli/1.5.4',
      user_identity: { id: admin?.id, email: 'admin' },
      before: null,
      after: expect.objectContaining({ labels: ['az=a'] }),
    })
  })

  it('tells from where also for who hangs up before the answer, and can be read afterwards', async () => {
    const { send, store, admin, app } = await openMaster()
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
    const body = JSON.stringify({ response_type: 'token', scope: 'user', expires_in: 60 })
    const lines = ['POST /oauth2/authorize HTTP/1.1', 'host: a', `authorization: Bearer ${admin}`]
    const request = `${lines.join('\r\n')}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    const count = 30
    for (let sent = 0; sent < count; sent += 1) {
      const socket = createConnection({ host: '127.0.0.1', port: Number(port) })
      await once(socket, 'connect')
      await new Promise<void>((resolve) => socket.write(request, () => resolve()))
      socket.resetAndDestroy()
    }
    const created = async () =>
      (await store.tokens((await store.user('admin'))?.id ?? '')).length - 1
    await vi.waitFor(async () => expect(await created()).toBeGreaterThan(0))
    const { status, body: log } = await send('/v1/audit_logs')
    expect(status).toBe(200)
    const addresses = entries(log).map(({ source_ip }) => source_ip)
    expect(addresses.filter((address) => address !== '127.0.0.1' && address !== 'test')).toEqual([])
  })

  it('of the master has all of them', async () => {
    const { send } = await openMaster()
    const { body } = await send('/v1/audit_logs')
    const names = entries(body).map(({ event_name, grid }) => `${event_name} ${grid}`)
    expect(names.slice(-3)).toEqual(['create grid blue', 'create grid green', 'create node blue'])
    expect(names).toContain('create user null')
  })

  it('is as long as is asked for, and keeps the latest', async () => {
    const { send } = await openMaster()
    const { body } = await send('/v1/audit_logs?limit=1')
    expect(entries(body).map(({ event_name }) => event_name)).toEqual(['create node'])
  })

  it.each(['0', '3001', '-1', 'all', '1.5'])('is refused for ?limit=%s', async (limit) => {
    const { send } = await openMaster()
    for (const url of ['/v1/audit_logs', '/v1/grids/blue/audit_log']) {
      const reply = await send(`${url}?limit=${limit}`)
      expect(reply).toMatchObject({ status: 422, body: { error: { limit: expect.any(String) } } })
    }
  })

  it('of a grid is for its members, of the master for its administrators', async () => {
    const { send, loginAs } = await openMaster()
    const token = await loginAs('member@example.com', ['user_admin', 'grid_admin'], ['blue'])
    expect((await send('/v1/grids/blue/audit_log', { token })).status).toBe(200)
    expect((await send('/v1/grids/green/audit_log', { token })).status).toBe(403)
    expect(await send('/v1/audit_logs', { token })).toMatchObject({
      status: 403,
      body: { error: 'Access denied' },
    })
  })
})
