import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type ApiStub, problem, startApiStub } from './api-stub.ts'
import { call, newOwner, openSession, orderOf } from './orders.ts'
import { ed25519Fingerprint, ed25519Key } from './public-keys.ts'

const owner = newOwner()
const key = { id: 42, fingerprint: ed25519Fingerprint, name: 'laptop', public_key: ed25519Key }

async function startKeyStub(): Promise<ApiStub> {
  const api = await startApiStub()
  const vpc = { id: 'v', name: 'v', region: 'fra1', ip_range: '10.2.0.0/20' }
  api.answer('GET /v2/vpcs', { json: { vpcs: [vpc] } })
  api.answer('POST /v2/account/keys', (request) => ({
    status: 201,
    json: { ssh_key: { ...key, ...Object(request.body) } },
  }))
  return api
}

async function prepare(accountKey?: string, sshKeys: readonly string[] = []) {
  const session = await openSession({ machine: { vpc: 'v', accountKey } })
  const { shared } = await session.prepare(orderOf(owner, { sshKeys }), call)
  return z.array(z.string()).parse(shared.sshKeys)
}

const added = (api: ApiStub) => api.sent('POST /v2/account/keys')

describe('machines get', () => {
  test('a key of the account that was named', async () => {
    const api = await startKeyStub()
    api.answer('GET /v2/account/keys', { json: { ssh_keys: [{ ...key, name: 'pc' }, key] } })
    expect(await prepare('laptop')).toEqual([ed25519Fingerprint])
    expect(added(api)).toEqual([])
  })

  test.each(['42', ed25519Fingerprint])(
    'a key by its reference %s, without a list',
    async (text) => {
      const api = await startKeyStub()
      api.answer(`GET /v2/account/keys/${text}`, { json: { ssh_key: key } })
      expect(await prepare(text)).toEqual([ed25519Fingerprint])
      expect(api.lines()).not.toContain('GET /v2/account/keys')
    },
  )

  test('a key whose name is a number', async () => {
    const api = await startKeyStub()
    api.answer('GET /v2/account/keys', { json: { ssh_keys: [{ ...key, name: '2026' }] } })
    expect(await prepare('2026')).toEqual([ed25519Fingerprint])
  })

  test('those of the given keys that the account has', async () => {
    const api = await startKeyStub()
    api.answer(`GET /v2/account/keys/${ed25519Fingerprint}`, { json: { ssh_key: key } })
    const other = ed25519Key.replace(/.{4}$/, 'AAAA')
    expect(await prepare(undefined, [`${ed25519Key} me`, other])).toEqual([ed25519Fingerprint])
    expect(added(api)).toEqual([])
  })

  test("the grid's own key, which opens nothing, where the account has none of the given", async () => {
    const api = await startKeyStub()
    const [fingerprint] = await prepare(undefined, [ed25519Key])
    expect(fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/)
    expect(fingerprint).not.toBe(ed25519Fingerprint)
    expect(added(api)).toEqual([
      {
        name: `kontena:master:${owner.master} kontena:grid:demo fra1`,
        public_key: expect.stringMatching(/^ssh-ed25519 \S+$/),
      },
    ])
    expect(api.lines()).not.toContain('GET /v2/account/keys')
  })

  test("the grid's own key once: the next command finds it", async () => {
    const api = await startKeyStub()
    const [fingerprint] = await prepare()
    api.answer(`GET /v2/account/keys/${fingerprint}`, {
      json: { ssh_key: { ...key, fingerprint } },
    })
    expect(await prepare()).toEqual([fingerprint])
    expect(added(api)).toHaveLength(1)
  })

  test("the grid's own key also where another command added it a moment before", async () => {
    const api = await startKeyStub()
    const text = 'SSH Key is already in use on your account'
    api.answer('POST /v2/account/keys', problem(422, 'unprocessable_entity', text))
    expect(await prepare()).toHaveLength(1)
  })
})

describe('a key that was named', () => {
  test('and is not there is told with those that are', async () => {
    const api = await startKeyStub()
    api.answer('GET /v2/account/keys', { json: { ssh_keys: [key] } })
    await expect(prepare('labtop')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'the account has no SSH key labtop',
      hint: 'there is laptop',
    })
  })

  test('as several are has to be given by its fingerprint', async () => {
    const api = await startKeyStub()
    const other = { ...key, id: 43, fingerprint: 'aa:bb' }
    api.answer('GET /v2/account/keys', { json: { ssh_keys: [key, other] } })
    await expect(prepare('laptop')).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      hint: `give one by its fingerprint: ${ed25519Fingerprint}, aa:bb`,
    })
  })
})

describe('with the last machine', () => {
  const remove = async (region: string) =>
    (await openSession({ access: { region } })).removeShared(owner, call)
  const deleted = (api: ApiStub) =>
    api.lines().filter((line) => line.startsWith('DELETE /v2/account/keys/'))

  test("the grid's own key goes, and no other", async () => {
    const api = await startKeyStub()
    api.answer('GET /v2/tags', { json: { tags: [] } })
    const [fingerprint] = await prepare()
    await remove('fra1')
    expect(deleted(api)).toEqual([`DELETE /v2/account/keys/${fingerprint}`])
  })

  test('each region takes its own away', async () => {
    const api = await startKeyStub()
    api.answer('GET /v2/tags', { json: { tags: [] } })
    await remove('fra1')
    await remove('ams3')
    expect(new Set(deleted(api)).size).toBe(2)
  })
})
