import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditRecord, EventRecord } from '../../src/store/records.ts'
import {
  enrolment,
  order,
  type Received,
  type Sent,
  secret,
  system,
  type TestMaster,
  testMaster,
} from '../fixtures/test-master.ts'

/** Where all requests come from, by the word of a balancer. */
const address = '203.0.113.7'
/** Changes nothing, and only says so. */
const idle = new Set(['POST /v1/auth'])

let master: TestMaster
const routes = new Set<string>()
const asked = new Set<string>()
/** Whatever was sent or answered and must not be written down. */
const secrets = new Set<string>([secret])

beforeAll(async () => {
  master = await testMaster({ trustProxy: ['127.0.0.1'] })
  master.app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) {
      if (!/^(GET|HEAD|OPTIONS)$/.test(one)) routes.add(`${one} ${url}`)
    }
  })
  master.app.addHook('onRequest', async ({ method, routeOptions }) => {
    asked.add(`${method} ${routeOptions.url}`)
  })
})
afterAll(() => master.close())

interface Recorded {
  readonly reply: Received
  readonly audited: readonly AuditRecord[]
  readonly told: readonly EventRecord[]
}

/** Sends a request, and looks what it left in the audit log and among the events. */
async function change(method: Sent['method'], url: string, sent: Sent = {}): Promise<Recorded> {
  const { store } = master
  const before = new Set((await store.auditLog(3_000)).map(({ id }) => id))
  const { newest } = await store.eventRange()
  const headers = { 'x-forwarded-for': address, 'user-agent': 'test/1.0', ...sent.headers }
  const reply = await master.send(url, { ...sent, method, headers })
  keepSecrets(sent.body)
  keepSecrets(reply.body)
  const audited = (await store.auditLog(3_000)).filter(({ id }) => !before.has(id)).reverse()
  return { reply, audited, told: await store.events({ after: newest, limit: 1_000 }) }
}

const secretFields =
  /^(token|access_token|refresh_token|code|invite_code|secret|nodeToken|.*_secret)$/

function keepSecrets(value: unknown): void {
  for (const [key, field] of Object.entries(Object(value))) {
    if (typeof field === 'string' && secretFields.test(key)) secrets.add(field)
    else if (typeof field === 'object') keepSecrets(field)
  }
}

/** Checks that a request did these things, each once, and told each as this event. */
async function expectChange(
  request: Promise<Recorded>,
  status: number,
  ...changes: readonly (readonly [event: string, type: string])[]
): Promise<Recorded> {
  const recorded = await request
  const { reply, audited, told } = recorded
  expect(reply.status, reply.text).toBe(status)
  expect(audited.map(({ event }) => event)).toEqual(changes.map(([event]) => event))
  expect(told.map(({ type }) => type)).toEqual(changes.map(([, type]) => type))
  for (const [index, entry] of audited.entries()) {
    expect(entry.actor).toMatchObject({ address, userAgent: 'test/1.0' })
    expect(entry.before ?? entry.after, `${entry.event} says nothing of what changed`).toBeDefined()
    const event = told[index]
    expect(event).toMatchObject({ grid: entry.grid, time: entry.time })
    expect(event?.message).toContain(`${entry.event} ${entry.resource.name}`)
  }
  return recorded
}

const by = ({ audited }: Recorded): (string | undefined)[] =>
  audited.map(({ actor }) => actor.user?.email)

describe('every change is in the audit log and among the events, once', () => {
  it('of a grid', async () => {
    const body = { name: 'blue', token: 'the-token-of-the-grid-blue' }
    const made = await expectChange(change('POST', '/v1/grids', { body }), 201, [
      'create grid',
      'grid:created',
    ])
    expect(by(made)).toEqual(['admin'])
    expect(made.audited[0]?.after).toMatchObject({ subnet: '10.81.0.0/16' })
    const subnets = { trusted_subnets: ['192.168.0.0/24'] }
    const changed = await expectChange(change('PUT', '/v1/grids/blue', { body: subnets }), 200, [
      'update grid',
      'grid:updated',
    ])
    expect(changed.audited[0]).toMatchObject({
      before: { trustedSubnets: [] },
      after: { trustedSubnets: ['192.168.0.0/24'] },
    })
  })

  it('of people, their roles and grids', async () => {
    const email = 'eve@example.com'
    const invited = await expectChange(
      change('POST', '/oauth2/authorize', { body: { response_type: 'invite', email } }),
      201,
      ['invite user', 'user:created'],
    )
    const code = Object(invited.reply.body).invite_code
    const joined = await expectChange(
      change('POST', '/oauth2/token', { body: { grant_type: 'authorization_code', code } }),
      201,
      ['accept invitation', 'token:created'],
    )
    expect(by(joined)).toEqual([email])
    const roles = `/v1/users/${email}/roles`
    await expectChange(change('POST', roles, { body: { role: 'grid_admin' } }), 201, [
      'change roles',
      'user:updated',
    ])
    const users = '/v1/grids/blue/users'
    await expectChange(change('POST', users, { body: { email } }), 201, [
      'add member',
      'grid:member-added',
    ])
    await expectChange(change('DELETE', `${users}/${email}`), 200, [
      'remove member',
      'grid:member-removed',
    ])
    const revoked = await expectChange(change('DELETE', `${roles}/grid_admin`), 200, [
      'change roles',
      'user:updated',
    ])
    expect(revoked.audited[0]).toMatchObject({
      before: { roles: ['grid_admin'] },
      after: { roles: [] },
    })
    await expectChange(change('DELETE', `/v1/users/${email}`), 200, ['remove user', 'user:removed'])
  })

  it('of tokens', async () => {
    const made = await expectChange(
      change('POST', '/oauth2/authorize', { body: { response_type: 'token', scope: 'user' } }),
      201,
      ['create token', 'token:created'],
    )
    const { refresh_token } = Object(made.reply.body)
    const renewed = await expectChange(
      change('POST', '/oauth2/token', { body: { grant_type: 'refresh_token', refresh_token } }),
      201,
      ['renew token', 'token:created'],
    )
    const { id } = Object(renewed.reply.body)
    await expectChange(change('DELETE', `/oauth2/tokens/${id}`), 201, [
      'remove token',
      'token:removed',
    ])
    const coded = await expectChange(
      change('POST', '/oauth2/authorize', { body: { response_type: 'code', scope: 'user' } }),
      201,
      ['create code', 'token:created'],
    )
    const { code } = Object(coded.reply.body)
    await expectChange(
      change('POST', '/oauth2/token', { body: { grant_type: 'authorization_code', code } }),
      201,
      ['log in', 'token:created'],
    )
  })

  it('of the configuration, with no secret in it', async () => {
    const told = ['change configuration', 'configuration:changed'] as const
    const secretKey = 'oauth2.client_secret'
    const body = { 'server.name': 'one', [secretKey]: 'the-secret-of-the-provider' }
    const changed = await expectChange(change('PATCH', '/v1/config', { body }), 201, told)
    expect(changed.audited[0]).toMatchObject({ after: { [secretKey]: '***' } })
    const other = { 'server.name': 'two', [secretKey]: 'another-secret-of-it' }
    await expectChange(change('PUT', '/v1/config', { body: other }), 201, told)
    await expectChange(change('DELETE', `/v1/config/${secretKey}`), 201, told)
    await expectChange(change('DELETE', '/v1/config'), 201, told)
  })

  it('of a node', async () => {
    const body = { name: 'web-9', token: 'the-token-of-web-9', labels: ['az=a'] }
    await expectChange(change('POST', '/v1/grids/blue/nodes', { body }), 201, [
      'create node',
      'node:created',
    ])
    const node = '/v1/nodes/blue/web-9'
    const labels = { labels: ['az=b'], availability: 'drain' }
    const updated = await change('PUT', node, { body: labels })
    expect(updated.audited).toMatchObject([
      {
        event: 'update node',
        before: { labels: ['az=a'], availability: 'active' },
        after: { labels: ['az=b'], availability: 'drain' },
      },
    ])
    expect(updated.told.map(({ type }) => type)).toContain('node:updated')
    const told = 'node:token-changed'
    const token = { token: 'the-new-token-of-web-9' }
    await expectChange(change('PUT', `${node}/token`, { body: token }), 200, [
      'reset node token',
      told,
    ])
    await expectChange(change('DELETE', `${node}/token`), 200, ['clear node token', told])
    const replacing = { token: 'the-third-token-of-web-9', force: true }
    await expectChange(change('POST', `${node}/replace`, { body: replacing }), 200, [
      'replace node',
      'node:replaced',
    ])
    await expectChange(change('DELETE', node), 200, ['remove node', 'node:removed'])
  })

  it('of a node that an old plug-in labels with the token of the grid', async () => {
    const { store, clock } = master
    const node = { name: 'old-1', labels: [], nodeId: 'AAAA:BBBB', agentVersion: '1.5.4' }
    await store.createNode('blue', node, system, clock())
    const headers = { 'kontena-grid-token': 'the-token-of-the-grid-blue' }
    const body = { labels: ['az=c'] }
    await expectChange(change('PUT', '/v1/nodes/AAAA:BBBB', { body, headers }), 200, [
      'update node',
      'node:updated',
    ])
    await store.removeNode('blue', 'old-1', system, clock())
  })

  it('of an order and its machines, and nothing of a repeat', async () => {
    const nodes = [{ name: 'web-1', labels: ['az=a'] }, { name: 'web-2' }]
    const orders = '/v1/grids/blue/enrolments'
    const body = { order, secret, expires_in: 600, nodes }
    await expectChange(
      change('POST', orders, { body }),
      201,
      ['create node', 'node:created'],
      ['create node', 'node:created'],
      ['create enrolment', 'order:opened'],
    )
    await expectChange(change('POST', orders, { body }), 201)
    const enrolled = await expectChange(change('POST', '/v1/enrol', { body: enrolment() }), 204, [
      'enrol node',
      'node:enrolled',
    ])
    // A machine's secret is nobody's login.
    expect(by(enrolled)).toEqual([undefined])
    await expectChange(change('POST', '/v1/enrol', { body: enrolment() }), 204)
    const other = enrolment({ nodeToken: '22'.repeat(32) })
    await expectChange(change('POST', '/v1/enrol', { body: other }), 409, [
      'contest enrolment',
      'node:contested',
    ])
    await expectChange(change('POST', '/v1/enrol', { body: other }), 409)
    await expectChange(change('DELETE', `${orders}/${order}`), 200, [
      'end enrolment',
      'order:ended',
    ])
    await expectChange(change('DELETE', `${orders}/${order}`), 200)
    // Only such clients end a node's machine before its record.
    const headers = { 'kontena-client': '2.0.0' }
    for (const name of ['web-1', 'web-2']) {
      await expectChange(change('DELETE', `/v1/nodes/blue/${name}`, { headers }), 200, [
        'remove node',
        'node:removed',
      ])
    }
  })

  it('of the end of a grid', async () => {
    await expectChange(change('DELETE', '/v1/grids/blue'), 200, ['remove grid', 'grid:removed'])
  })

  it('and of every route that changes something', () => {
    const unseen = [...routes].filter((route) => !asked.has(route) && !idle.has(route))
    expect(unseen).toEqual([])
  })

  it('but never a secret', async () => {
    expect(secrets.size).toBeGreaterThan(15)
    const audited = JSON.stringify(await master.store.auditLog(3_000))
    const told = JSON.stringify(await master.store.events({ limit: 10_000 }))
    for (const text of secrets) {
      expect(audited).not.toContain(text)
      expect(told).not.toContain(text)
    }
  })

  it('and nothing of what is refused', async () => {
    const token = await master.loginAs('mallory@example.com', [])
    await expectChange(change('POST', '/v1/grids', { token, body: { name: 'mine' } }), 422)
    await expectChange(change('PUT', '/v1/config', { token, body: {} }), 403)
    await expectChange(change('POST', '/v1/grids', { body: { name: '' } }), 422)
  })
})
