import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { diskTitle } from '../src/disks.ts'
import { answerUsualAccount, diskId, serverId, serverOf } from './account-answers.ts'
import { call, newOwner, openSession, order } from './orders.ts'
import { startUpcloudStub, type UpcloudStub } from './upcloud-stub.ts'

const owner = newOwner()
let stub: UpcloudStub

beforeEach(async () => {
  stub = await startUpcloudStub()
  answerUsualAccount(stub)
})
afterEach(async () => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  await stub.close()
})

const listOf = (...servers: unknown[]) => ({ body: { servers: { server: servers } } })
const detailsOf = (changes: Readonly<Record<string, unknown>>) => ({
  body: { server: serverOf(owner, changes) },
})
const disk = {
  uuid: diskId,
  title: diskTitle('web-1', { owner, order, token: 'token-1' }),
  type: 'normal',
  access: 'private',
  state: 'online',
  zone: 'fi-hel1',
  size: 50,
}
const answerDisk = (changes: Readonly<Record<string, unknown>> = {}, servers: string[] = []) => {
  const one = { ...disk, ...changes }
  stub.answer('GET /storage/private', { body: { storages: { storage: [one] } } })
  stub.answer(`GET /storage/${one.uuid}`, {
    body: { storage: { ...one, servers: { server: servers } } },
  })
}

describe('finding machines', () => {
  test('by ids takes one list of the owner, however many there are', async () => {
    const servers = Array.from({ length: 100 }, (_, index) =>
      serverOf(owner, { uuid: `00-${index}` }),
    )
    stub.answer('GET /server/', listOf(...servers))
    const addresses = servers.map(({ uuid }, index) => ({
      address: `198.51.100.${index}`,
      access: 'public',
      family: 'IPv4',
      server: uuid,
    }))
    stub.answer('GET /ip_address', { body: { ip_addresses: { ip_address: addresses } } })
    const session = await openSession()
    const ids = servers.map((_, index) => `00-${index}`)
    const machines = await session.find({ ids, owner }, call)
    expect(machines).toHaveLength(100)
    expect(machines[7]).toMatchObject({ publicAddress: '198.51.100.7', privateAddress: undefined })
    expect(stub.requests.map(({ path }) => path)).toEqual(['/server/', '/ip_address'])
    expect(stub.requests[0]?.query.getAll('label')).toEqual([
      `kontena-master=${owner.master}`,
      'kontena-grid=demo',
    ])

    stub.forget()
    await session.find({ ids, owner }, call)
    expect(stub.requests.map(({ path }) => path)).toEqual(['/server/'])
  })

  test('by ids that are not the owner’s takes one list more', async () => {
    stub.answer('GET /server/', ({ query }) =>
      listOf(...(query.has('label') ? [] : [serverOf(newOwner())])),
    )
    const session = await openSession()
    expect(await session.find({ ids: [serverId, '00-gone'], owner }, call)).toHaveLength(1)
    expect(stub.sent('GET /server/')).toHaveLength(2)
  })

  test('by no ids takes nothing', async () => {
    const session = await openSession()
    expect(await session.find({ ids: [], owner }, call)).toEqual([])
    expect(stub.requests).toEqual([])
  })

  test('by owner believes labels and not the filter', async () => {
    stub.answer('GET /server/', listOf(serverOf(newOwner()), serverOf(newOwner('other'))))
    const session = await openSession()
    expect(await session.find({ owner }, call)).toEqual([])
  })

  test('in a list that cannot be read says so, and not that there are none', async () => {
    stub.answer('GET /server/', { body: {} })
    const session = await openSession()
    await expect(session.find({ owner }, call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test.each([
    ['started', 'running'],
    ['maintenance', 'pending'],
    ['stopped', 'stopped'],
    ['error', 'failed'],
    ['pending_delete', 'going'],
    ['something new', 'pending'],
  ])('that are %s shows them as %s', async (state, expected) => {
    stub.answer('GET /server/', listOf(serverOf(owner, { state })))
    const session = await openSession()
    expect(await session.find({ owner }, call)).toMatchObject([{ state: expected }])
  })
})

describe('a disk without a server', () => {
  test('is shown as a machine that failed, and taken away like one', async () => {
    answerDisk()
    stub.answer(`DELETE /storage/${diskId}`, { done: true })
    const session = await openSession()
    const found = await session.find({ owner }, call)
    expect(found).toMatchObject([
      {
        id: diskId,
        name: 'web-1',
        state: 'failed',
        zone: 'fi-hel1',
        owner,
        order: undefined,
        reason: 'only its disk is left: its server is gone',
      },
    ])
    expect(await session.find({ owner, order }, call)).toMatchObject([{ id: diskId, order }])
    expect(await session.find({ ids: [diskId], owner }, call)).toMatchObject([
      { id: diskId, owner },
    ])
    await session.terminate([diskId], call)
    expect(stub.sent(`DELETE /storage/${diskId}`)[0]?.query.get('backups')).toBe('delete')
    expect(await session.find({ ids: [diskId], owner }, call)).toMatchObject([{ state: 'going' }])
  })

  test('that is gone is absent, and taking it away succeeds', async () => {
    stub.answer(`GET /storage/${diskId}`, { error: 'STORAGE_NOT_FOUND', status: 404 })
    stub.answer(`DELETE /storage/${diskId}`, { error: 'STORAGE_NOT_FOUND', status: 404 })
    const session = await openSession()
    expect(await session.find({ ids: [diskId] }, call)).toEqual([])
    await session.terminate([diskId], call)
  })

  test('is not asked for while its server is listed', async () => {
    stub.answer('GET /server/', listOf(serverOf(owner)))
    answerDisk({}, [serverId])
    const session = await openSession()
    expect(await session.find({ owner }, call)).toMatchObject([{ id: serverId }])
    expect(stub.sent(`GET /storage/${diskId}`)).toEqual([])
  })

  test('is seen beside another server of its name, made by another try', async () => {
    stub.answer('GET /server/', listOf(serverOf(owner)))
    answerDisk({ title: diskTitle('web-1', { owner, order, token: 'token-0' }) })
    const session = await openSession()
    expect(await session.find({ owner }, call)).toMatchObject([{ id: serverId }, { id: diskId }])
  })

  test('is none while a server has it that lists do not show', async () => {
    answerDisk({}, [serverId])
    const session = await openSession()
    expect(await session.find({ owner }, call)).toEqual([])
  })

  test.each([
    ['another grid', { title: diskTitle('web-1', { owner: newOwner(), order, token: 'token-1' }) }],
    ['another zone', { zone: 'de-fra1' }],
    ['nobody of ours', { title: 'web-1' }],
    ['a backup', { type: 'backup' }],
  ])('of %s is left alone', async (_, changes) => {
    answerDisk(changes)
    const session = await openSession()
    expect(await session.find({ owner }, call)).toEqual([])
  })

  test('of another order is not of this one', async () => {
    answerDisk()
    const session = await openSession()
    expect(await session.find({ owner, order: 'another' }, call)).toEqual([])
  })

  test.each(['maintenance', 'pending_delete'])('that is in %s is on its way', async (state) => {
    answerDisk({ state })
    const session = await openSession()
    expect(await session.find({ owner }, call)).toMatchObject([{ state: 'going' }])
  })

  test('has no name where the title may have cut it', async () => {
    const name = 'a-rather-long-name-of-a-node-1'
    answerDisk({ title: diskTitle(name, { owner, order, token: 'token-1' }) })
    const session = await openSession()
    expect(await session.find({ owner }, call)).toMatchObject([{ name: undefined }])
  })
})

test('a title has room in what UpCloud takes, and no two are alike', () => {
  const made = { owner, order, token: 'token-1' }
  const titles = [
    diskTitle('a'.repeat(63), made),
    diskTitle('web-1', made),
    diskTitle('web-1', { ...made, token: 'token-2' }),
    diskTitle('web-1', { ...made, order: 'other' }),
    diskTitle('web-1', { ...made, owner: newOwner() }),
  ]
  expect(new Set(titles).size).toBe(titles.length)
  for (const title of titles) expect(title.length).toBeLessThanOrEqual(64)
})

describe('taking a machine away', () => {
  const stopPath = `POST /server/${serverId}/stop`
  const deletePath = `DELETE /server/${serverId}/`
  const mutations = () => stub.requests.filter(({ method }) => method !== 'GET')

  test('asks it to shut down, once, and deletes it with its disks when it has', async () => {
    stub.answer('GET /server/', listOf(serverOf(owner)))
    stub.answer(stopPath, detailsOf({ state: 'started' }))
    stub.answer(deletePath, { done: true })
    const session = await openSession()
    const look = async () => (await session.find({ ids: [serverId], owner }, call))[0]?.state
    expect(await look()).toBe('running')
    await session.terminate([serverId], call)
    expect(await look()).toBe('stopping')
    await session.terminate([serverId], call)
    expect(await look()).toBe('stopping')
    expect(mutations()).toMatchObject([
      {
        path: `/server/${serverId}/stop`,
        body: { stop_server: { stop_type: 'soft', timeout: '60' } },
      },
    ])

    stub.answer('GET /server/', listOf(serverOf(owner, { state: 'stopped' })))
    expect(await look()).toBe('stopped')
    await session.terminate([serverId], call)
    expect(mutations()[1]?.query.toString()).toBe('storages=1&backups=delete')
    expect(await look()).toBe('going')
    await session.terminate([serverId], call)
    expect(mutations()).toHaveLength(2)
  })

  test('by itself asks what became of it', async () => {
    stub.answer(`GET /server/${serverId}`, detailsOf({}), detailsOf({ state: 'stopped' }), {
      error: 'SERVER_NOT_FOUND',
      status: 404,
    })
    stub.answer(stopPath, detailsOf({}))
    stub.answer(deletePath, { done: true })
    const session = await openSession()
    for (let step = 0; step < 3; step++) await session.terminate([serverId], call)
    expect(mutations().map(({ path }) => path)).toEqual([
      `/server/${serverId}/stop`,
      `/server/${serverId}/`,
    ])
  })

  test('does not act on what it saw long ago', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    stub.answer('GET /server/', listOf(serverOf(owner, { state: 'maintenance' })))
    stub.answer(`GET /server/${serverId}`, detailsOf({}))
    stub.answer(stopPath, detailsOf({}))
    const session = await openSession()
    await session.find({ ids: [serverId], owner }, call)
    vi.setSystemTime(Date.now() + 4_000)
    await session.terminate([serverId], call)
    expect(stub.sent(stopPath)).toHaveLength(1)
  })

  test('pulls the plug where it has not stopped long after it was asked', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    stub.answer(`GET /server/${serverId}`, detailsOf({}))
    stub.answer(stopPath, detailsOf({}))
    const session = await openSession()
    await session.terminate([serverId], call)
    vi.setSystemTime(Date.now() + 80_000)
    await session.terminate([serverId], call)
    expect(stub.sent(stopPath)).toHaveLength(1)
    vi.setSystemTime(Date.now() + 20_000)
    await session.terminate([serverId], call)
    expect(stub.sent(stopPath)[1]?.body).toEqual({ stop_server: { stop_type: 'hard' } })
  })

  test.each(['maintenance', 'error'])('in %s is to wait for', async (state) => {
    stub.answer(`GET /server/${serverId}`, detailsOf({ state }))
    const session = await openSession()
    await expect(session.terminate([serverId], call)).rejects.toMatchObject({ code: 'BUSY' })
    expect(mutations()).toEqual([])
  })

  test('whose state changed meanwhile is to wait for', async () => {
    stub.answer('GET /server/', listOf(serverOf(owner, { state: 'stopped' })))
    stub.answer(deletePath, { error: 'SERVER_STATE_ILLEGAL', status: 409 })
    const session = await openSession()
    await session.find({ ids: [serverId], owner }, call)
    await expect(session.terminate([serverId], call)).rejects.toMatchObject({ code: 'BUSY' })
  })

  test.each([
    ['SERVER_NOT_FOUND', 404],
    ['SERVER_INVALID', 400],
  ])('that UpCloud does not know is done (%s)', async (error, status) => {
    stub.answer(`GET /server/${serverId}`, { error, status })
    const session = await openSession()
    await session.terminate([serverId], call)
    expect(mutations()).toEqual([])
  })

  test('that goes away between two requests is done', async () => {
    stub.answer(`GET /server/${serverId}`, detailsOf({ state: 'stopped' }))
    stub.answer(deletePath, { error: 'SERVER_NOT_FOUND', status: 404 })
    const session = await openSession()
    await session.terminate([serverId], call)
  })

  test('tries each, and tells first what waiting does not help', async () => {
    const ids = ['00-busy', '00-denied', '00-fine']
    stub.answer('GET /server/00-busy', detailsOf({ uuid: '00-busy', state: 'maintenance' }))
    stub.answer('GET /server/00-denied', { error: 'SERVER_FORBIDDEN', status: 403 })
    stub.answer('GET /server/00-fine', detailsOf({ uuid: '00-fine' }))
    stub.answer('POST /server/00-fine/stop', detailsOf({ uuid: '00-fine' }))
    const session = await openSession()
    await expect(session.terminate(ids, call)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
    expect(stub.sent('POST /server/00-fine/stop')).toHaveLength(1)
  })

  test('leaves no disk to be seen as lost while UpCloud still lists it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    stub.answer('GET /server/', listOf(serverOf(owner, { state: 'stopped' })))
    answerDisk()
    stub.answer(deletePath, { done: true })
    const session = await openSession()
    await session.find({ ids: [serverId], owner }, call)
    await session.terminate([serverId], call)
    stub.answer('GET /server/', listOf())
    expect(await session.find({ owner }, call)).toMatchObject([{ id: diskId, state: 'going' }])
    vi.setSystemTime(Date.now() + 61_000)
    expect(await session.find({ owner }, call)).toMatchObject([{ id: diskId, state: 'failed' }])
  })
})

test('a machine is not taken for gone because a proxy knows no such page', async () => {
  stub.answer(`GET /server/${serverId}`, { raw: '<html>Not here</html>', status: 404 })
  const session = await openSession()
  await expect(session.terminate([serverId], call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('a machine that is off is started', async () => {
  stub.answer(`POST /server/${serverId}/restart`, { error: 'SERVER_STATE_ILLEGAL', status: 409 })
  stub.answer(`GET /server/${serverId}`, detailsOf({ state: 'stopped' }))
  stub.answer(`POST /server/${serverId}/start`, detailsOf({ state: 'maintenance' }))
  const session = await openSession()
  await session.restart?.([serverId], call)
  expect(stub.sent(`POST /server/${serverId}/start`)).toHaveLength(1)
})

test('a machine that is changing is not restarted', async () => {
  stub.answer(`POST /server/${serverId}/restart`, { error: 'SERVER_STATE_ILLEGAL', status: 409 })
  stub.answer(`GET /server/${serverId}`, detailsOf({ state: 'maintenance' }))
  const session = await openSession()
  await expect(session.restart?.([serverId], call)).rejects.toMatchObject({ code: 'BUSY' })
})

test('a restart is soft, and by force when time is up', async () => {
  stub.answer(`POST /server/${serverId}/restart`, detailsOf({}))
  const session = await openSession()
  await session.restart?.([serverId], call)
  expect(stub.sent(`POST /server/${serverId}/restart`)[0]?.body).toEqual({
    restart_server: { stop_type: 'soft', timeout: '60', timeout_action: 'destroy' },
  })
})
