import { describe, expect, test } from 'vitest'
import { collect, getToken, openClients, openSandbox, refusal, send } from './open.ts'
import { location, quick, rule } from './things.ts'

function errorOf({ status, body }: { readonly status: number; readonly body: unknown }) {
  return { status, body }
}

const refusalWith = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.any(String) } },
})

describe('the token service', () => {
  test('gives tokens to those who know the header', async () => {
    const { sandbox } = await openSandbox()
    const { IDENTITY_ENDPOINT: url = '', IDENTITY_HEADER: secret = '' } = sandbox.environment()
    const ask = (
      header: string,
      query = 'resource=https://management.azure.com&api-version=2019-08-01',
    ) => fetch(`${url}?${query}`, { headers: { 'x-identity-header': header } })
    const reply = await ask(secret)
    expect(await reply.json()).toMatchObject({
      token_type: 'Bearer',
      expires_on: expect.stringMatching(/^\d{10}$/),
      resource: 'https://management.azure.com',
    })
    expect((await ask('guess')).status).toBe(401)
    expect((await ask(secret, 'resource=x')).status).toBe(400)
  })
  test('gives none while the connection is dropped', async () => {
    const { sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'reset', action: 'managedIdentity.getToken', times: 1 })
    await expect(getToken(sandbox)).rejects.toThrow('fetch failed')
    expect(await getToken(sandbox)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  })
})

describe('a call', () => {
  test('without a token of ours is refused', async () => {
    const { sandbox } = await openSandbox()
    for (const token of ['guess', 'expired']) {
      const { resources } = openClients(sandbox, token)
      const { statusCode, code } = await refusal(resources.resourceGroups.get('grid'))
      expect(statusCode).toBe(401)
      expect(code).toBe(
        token === 'expired' ? 'ExpiredAuthenticationToken' : 'InvalidAuthenticationToken',
      )
    }
    const bare = await fetch(`${sandbox.url}/subscriptions?api-version=2022-12-01`)
    expect(bare.status).toBe(401)
    expect(bare.headers.get('www-authenticate')).toContain('Bearer')
    expect(await bare.json()).toMatchObject({ error: { code: 'AuthenticationFailed' } })
  })
  test('may bear the token that the sandbox was given', async () => {
    const token = 'of-this-process'
    const { sandbox } = await openSandbox({ azure: { token } })
    const { resources } = openClients(sandbox, token)
    expect(await resources.resourceGroups.get('grid')).toMatchObject({ name: 'grid' })
    const others = openClients(sandbox, `${token}-too`)
    expect((await refusal(others.resources.resourceGroups.get('grid'))).statusCode).toBe(401)
  })
  test('names a version that is understood', async () => {
    const opened = await openSandbox()
    const target = `/subscriptions/${opened.subscription}/resourcegroups/grid`
    const ask = async (query: string) => errorOf(await send(opened, 'GET', `${target}${query}`))
    expect(await ask('')).toEqual(refusalWith(400, 'MissingApiVersionParameter'))
    expect(await ask('?api-version=1999-01-01')).toEqual(
      refusalWith(400, 'InvalidApiVersionParameter'),
    )
    expect((await ask('?api-version=2025-04-01')).status).toBe(200)
  })
  test('is about a subscription that there is', async () => {
    const opened = await openSandbox()
    const target = '/subscriptions/11111111-0000-4000-8000-000000000000/resourcegroups/grid'
    const reply = await send(opened, 'GET', `${target}?api-version=2025-04-01`)
    expect(errorOf(reply)).toEqual(refusalWith(404, 'SubscriptionNotFound'))
  })
  test('carries JSON or nothing', async () => {
    const opened = await openSandbox()
    const target = `/subscriptions/${opened.subscription}/resourcegroups/other?api-version=2025-04-01`
    const reply = await send(opened, 'PUT', target, { body: '{"location":' })
    expect(errorOf(reply)).toEqual(refusalWith(400, 'InvalidRequestContent'))
  })
  test('that is not simulated is refused loudly, and logged as it came', async () => {
    const opened = await openSandbox()
    const target = `/subscriptions/${opened.subscription}/providers/Microsoft.Storage/storageAccounts`
    const reply = await send(opened, 'GET', `${target}?api-version=2025-04-01`)
    expect(reply).toMatchObject({ status: 501, body: { error: { code: 'NotImplemented' } } })
    expect(opened.sandbox.calls.all().at(-1)?.action).toBe(`GET ${target}`)
  })
  test('is answered with an id and what is left of the allowance', async () => {
    const opened = await openSandbox()
    const target = `/subscriptions/${opened.subscription}/resourcegroups`
    const { headers } = await send(opened, 'GET', `${target}?api-version=2025-04-01`)
    expect(headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(Number(headers.get('x-ms-ratelimit-remaining-subscription-reads'))).toBeLessThan(250)
    const put = await send(opened, 'PUT', `${target}/grid?api-version=2025-04-01`, {
      body: { location },
    })
    expect(Number(put.headers.get('x-ms-ratelimit-remaining-subscription-writes'))).toBeLessThan(
      200,
    )
    const gone = await send(opened, 'DELETE', `${target}/grid?api-version=2025-04-01`)
    expect(Number(gone.headers.get('x-ms-ratelimit-remaining-subscription-deletes'))).toBe(199)
  })
})

test('lists come in pages', async () => {
  const { network, resources, sandbox } = await openSandbox({ azure: { pageSize: 2 } })
  const names = ['a', 'b', 'c', 'd', 'e']
  const { applicationSecurityGroups: groups } = network
  await Promise.all(names.map((name) => groups.createOrUpdate('grid', name, { location }, quick)))
  sandbox.calls.clear()
  const found = await collect(groups.list('grid'))
  expect(found.map(({ name }) => name).sort()).toEqual(names)
  expect(sandbox.calls.count('applicationSecurityGroups.list')).toBe(3)
  expect(await collect(resources.resources.list())).toHaveLength(5)
})

test('a page that there is not is refused', async () => {
  const opened = await openSandbox()
  const target = `/subscriptions/${opened.subscription}/resources?api-version=2025-04-01`
  const reply = await send(opened, 'GET', `${target}&$skiptoken=guess`)
  expect(errorOf(reply)).toEqual(refusalWith(400, 'InvalidSkipToken'))
})

describe('etags', () => {
  async function openGroup() {
    const opened = await openSandbox()
    await opened.network.networkSecurityGroups.createOrUpdate('grid', 'nsg', { location }, quick)
    const path = `/subscriptions/${opened.subscription}/resourceGroups/grid/providers/Microsoft.Network`
    const target = (rest: string) => `${path}/networkSecurityGroups/${rest}?api-version=2026-01-01`
    return { ...opened, target }
  }
  test('change with the resource, and guard it against writers who did not see that', async () => {
    const opened = await openGroup()
    const { network, target } = opened
    const before = await network.networkSecurityGroups.get('grid', 'nsg')
    await network.securityRules.createOrUpdate('grid', 'nsg', 'ssh', rule('ssh'), quick)
    const after = await network.networkSecurityGroups.get('grid', 'nsg')
    expect(after.etag).not.toBe(before.etag)
    const put = (headers: Record<string, string>) =>
      send(opened, 'PUT', target('nsg'), { body: { location }, headers })
    expect(errorOf(await put({ 'if-match': before.etag ?? '' }))).toEqual(
      refusalWith(412, 'PreconditionFailed'),
    )
    expect((await put({ 'if-none-match': '*' })).status).toBe(412)
    expect((await put({ 'if-match': after.etag ?? '' })).status).toBe(200)
  })
  test('say whether something is there at all', async () => {
    const opened = await openGroup()
    const body = { location }
    const put = (headers: Record<string, string>) =>
      send(opened, 'PUT', opened.target('new'), { body, headers })
    expect((await put({ 'if-match': '*' })).status).toBe(412)
    expect((await put({ 'if-none-match': '*' })).status).toBe(201)
    const gone = await send(opened, 'DELETE', opened.target('nsg'), {
      headers: { 'if-match': 'W/"old"' },
    })
    expect(gone.status).toBe(412)
  })
})

test('the result of an operation has an address of its own', async () => {
  const opened = await openSandbox({ bootTime: 1000 })
  await opened.network.applicationSecurityGroups.createOrUpdate('grid', 'asg', { location }, quick)
  const path = `/subscriptions/${opened.subscription}/resourceGroups/grid/providers/Microsoft.Network`
  const reply = await send(
    opened,
    'DELETE',
    `${path}/applicationSecurityGroups/asg?api-version=2026-01-01`,
  )
  expect(reply.status).toBe(202)
  const address = (reply.headers.get('location') ?? '').replace(opened.sandbox.url, '')
  const waiting = await send(opened, 'GET', address)
  expect(waiting.status).toBe(202)
  expect(waiting.headers.get('location')).toContain('/operationResults/')
  await expect.poll(async () => (await send(opened, 'GET', address)).status).toBe(200)
  const unknown = await send(opened, 'GET', address.replace(/[0-9a-f-]{36}\?/, 'x?'))
  expect(errorOf(unknown)).toEqual(refusalWith(404, 'NotFound'))
})
