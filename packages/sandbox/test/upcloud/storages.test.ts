import { expect, test, vi } from 'vitest'
import { makeServer, openSandbox, refusal, refusalCode, ubuntu } from './open.ts'

const disk = { storage: { size: '10', tier: 'standard', title: 'data', zone: 'fi-hel1' } }

test('templates are public and say whether they want cloud-init', async () => {
  const { call } = await openSandbox()
  const { body } = await call('GET', 'storage/template')
  expect(body).toMatchObject({
    storages: {
      storage: expect.arrayContaining([
        expect.objectContaining({
          title: 'Ubuntu Server 24.04 LTS (Noble Numbat)',
          uuid: ubuntu,
          template_type: 'cloud-init',
          access: 'public',
        }),
        expect.objectContaining({ title: 'Debian GNU/Linux 13 (Trixie)' }),
      ]),
    },
  })
  expect((await call('GET', `storage/${ubuntu}`)).body).toMatchObject({ storage: { uuid: ubuntu } })
  expect(await refusal(call('DELETE', `storage/${ubuntu}`))).toMatchObject({
    status: 403,
    code: 'STORAGE_FORBIDDEN',
  })
})

test('a disk of one’s own is listed apart from them', async () => {
  const { call, sandbox } = await openSandbox()
  await call('POST', 'storage', disk)
  expect((await call('GET', 'storage/private')).body).toMatchObject({
    storages: { storage: [{ title: 'data', size: 10, tier: 'standard', access: 'private' }] },
  })
  expect((await call('GET', 'storage?limit=1')).body).toHaveProperty('storages.storage.length', 1)
  const { uuid } = sandbox.upcloud.storages()[0] ?? {}
  await call('PUT', `storage/${uuid}`, { storage: { title: 'other', size: 20 } })
  expect(sandbox.upcloud.storages()).toMatchObject([{ title: 'other', size: 20 }])
})

test('a disk is in maintenance until it is cloned', async () => {
  const opened = await openSandbox({ bootTime: 300 })
  await makeServer(opened)
  const { uuid } = opened.sandbox.upcloud.storages()[0] ?? {}
  const state = async () => (await opened.call('GET', `storage/${uuid}`)).body
  expect(await state()).toMatchObject({ storage: { state: 'maintenance' } })
  await vi.waitFor(async () =>
    expect(await state()).toMatchObject({ storage: { state: 'online' } }),
  )
})

test.each([
  ['no title', { title: undefined }, 400, 'STORAGE_TITLE_MISSING'],
  ['no size', { size: undefined }, 400, 'SIZE_MISSING'],
  ['a size that is none', { size: 'large' }, 400, 'SIZE_INVALID'],
  ['too much', { size: 5000 }, 400, 'SIZE_INVALID'],
  ['a zone that is none', { zone: 'eu-west-1' }, 404, 'ZONE_NOT_FOUND'],
])('a disk with %s is refused', async (_, change, status, code) => {
  const { call } = await openSandbox()
  const wish = { storage: { ...disk.storage, ...change } }
  expect(await refusal(call('POST', 'storage', wish))).toMatchObject({ status, code })
})

test('a disk that is unknown, or no disk, is refused', async () => {
  const { call } = await openSandbox()
  const unknown = 'storage/01ce904c-0c6a-4cbd-8be9-962a4cc0f6b2'
  expect(await refusalCode(call('GET', unknown))).toBe('STORAGE_NOT_FOUND')
  expect(await refusalCode(call('DELETE', 'storage/data'))).toBe('STORAGE_INVALID')
})
