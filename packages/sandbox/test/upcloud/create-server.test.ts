import { describe, expect, test } from 'vitest'
import { makeServer, openSandbox, refusal, refusalCode, serverBody, ubuntu } from './open.ts'

const device = { action: 'clone', storage: ubuntu, title: 'disk', size: 50 }
const disks = (...changes: readonly object[]) => ({
  storage_devices: { storage_device: changes.map((change) => ({ ...device, ...change })) },
})
const user = (login_user: object) => ({ login_user })
const key = { ssh_keys: { ssh_key: ['ssh-ed25519 AAAA me'] } }
const debian11 = '01000000-0000-4000-8000-000020060100'
const labels = (...label: readonly object[]) => ({ labels: { label } })

test.each([
  ['no zone', { zone: undefined }, 400, 'ZONE_MISSING'],
  ['a zone that is none', { zone: 'eu-west-1' }, 404, 'ZONE_NOT_FOUND'],
  ['no title', { title: undefined }, 400, 'SERVER_TITLE_MISSING'],
  ['an empty title', { title: '' }, 400, 'SERVER_TITLE_INVALID'],
  ['no hostname', { hostname: undefined }, 400, 'HOSTNAME_MISSING'],
  ['a hostname with an underscore', { hostname: 'web_1' }, 400, 'HOSTNAME_INVALID'],
  ['a plan that is none', { plan: 't3.small' }, 400, 'PLAN_INVALID'],
  ['cores that are not the plan’s', { core_number: 8 }, 403, 'PLAN_CORE_NUMBER_ILLEGAL'],
  ['memory that is not the plan’s', { memory_amount: '512' }, 403, 'PLAN_MEMORY_AMOUNT_ILLEGAL'],
  ['a JSON boolean for metadata', { metadata: true }, 400, 'METADATA_INVALID'],
  [
    'no metadata for a cloud-init image',
    { metadata: 'no' },
    409,
    'METADATA_DISABLED_ON_CLOUD-INIT',
  ],
  [
    'a password besides keys',
    user({ ...key, create_password: 'yes' }),
    400,
    'CREATE_PASSWORD_INVALID',
  ],
  [
    'a password for a cloud-init image',
    user({}),
    409,
    'CAN_NOT_CREATE_PASSWORD_FOR_THE_SELECTED_DISTRIBUTION',
  ],
  ['neither keys nor a password', user({ create_password: 'no' }), 400, 'SSH_KEYS_MISSING'],
  ['a firewall that is neither on nor off', { firewall: 'yes' }, 400, 'FIREWALL_INVALID'],
  ['no disks', { storage_devices: undefined }, 400, 'STORAGE_DEVICES_MISSING'],
  ['an empty list of disks', disks(), 400, 'STORAGE_DEVICE_INVALID'],
  ['a disk without a source', disks({ storage: undefined }), 400, 'STORAGE_MISSING'],
  ['a disk without a title', disks({ title: undefined }), 400, 'STORAGE_TITLE_MISSING'],
  ['a disk smaller than its source', disks({ size: 2 }), 400, 'SIZE_INVALID'],
  [
    'an image that is none',
    disks({ storage: ubuntu.replace('2402', '9902') }),
    404,
    'STORAGE_NOT_FOUND',
  ],
  ['a tier that is none', disks({ tier: 'gp3' }), 400, 'TIER_INVALID'],
  ['labels for a disk', disks({ labels: [] }), 400, 'UNKNOWN_ATTRIBUTE'],
  ['an attribute that is unknown', { ssh_keys: [] }, 400, 'UNKNOWN_ATTRIBUTE'],
  ['a label whose key is too short', labels({ key: 'a', value: '' }), 400, 'INVALID_LABEL_KEY'],
  ['a label of the vendor’s own', labels({ key: '_env', value: '' }), 400, 'INVALID_LABEL_KEY'],
  [
    'a label whose value is too long',
    labels({ key: 'env', value: 'a'.repeat(256) }),
    400,
    'INVALID_LABEL_VALUE',
  ],
  [
    'a label twice',
    labels({ key: 'env', value: 'a' }, { key: 'env', value: 'b' }),
    409,
    'DUPLICATE_LABEL_KEYS',
  ],
])('%s is refused, and nothing is made', async (_, change, status, code) => {
  const { call, sandbox } = await openSandbox()
  expect(await refusal(call('POST', 'server', serverBody(change)))).toMatchObject({ status, code })
  expect([...sandbox.upcloud.servers(), ...sandbox.upcloud.storages()]).toEqual([])
})

test('a body that is no such body is refused', async () => {
  const { call, url, token } = await openSandbox()
  expect(await refusalCode(call('POST', 'server'))).toBe('REQUEST_INVALID')
  expect(await refusalCode(call('POST', 'server', {}))).toBe('REQUEST_INVALID')
  expect(await refusalCode(call('POST', 'server', { droplet: {} }))).toBe('UNKNOWN_ATTRIBUTE')
  const headers = { authorization: `Bearer ${token}` }
  const direct = new URL('/1.3/server', url)
  const stopping = { stop_server: { stop_type: 'later' } }
  expect(await refusalCode(call('POST', `server/${ubuntu}/stop`, stopping))).toBe(
    'SERVER_NOT_FOUND',
  )
  expect((await fetch(direct, { headers })).status).toBe(200)
})

describe('a disk', () => {
  test('is as large as its source where no size is given, whatever the plan has', async () => {
    const opened = await openSandbox()
    await makeServer(opened, disks({ size: undefined }))
    expect(opened.sandbox.upcloud.storages()).toMatchObject([{ size: 4, tier: 'maxiops' }])
  })
  test('may be one that is there, once', async () => {
    const opened = await openSandbox()
    const { call, sandbox } = opened
    await call('POST', 'storage', { storage: { size: '10', title: 'data', zone: 'fi-hel1' } })
    const { uuid } = sandbox.upcloud.storages()[0] ?? {}
    const attach = {
      storage_devices: { storage_device: [device, { action: 'attach', storage: uuid }] },
    }
    const server = await makeServer(opened, attach)
    expect(sandbox.upcloud.storages()).toMatchObject([
      { uuid, serverId: server },
      { serverId: server },
    ])
    const again = call('POST', 'server', serverBody(attach))
    expect(await refusalCode(again)).toBe('STORAGE_ATTACHED_AS_DISK')
    expect(await refusalCode(call('DELETE', `storage/${uuid}`))).toBe('STORAGE_ATTACHED')
  })
})

describe('an image without cloud-init', () => {
  test('needs no metadata, and makes a password that shows once', async () => {
    const { call, sandbox } = await openSandbox()
    const change = { metadata: 'no', login_user: undefined, ...disks({ storage: debian11 }) }
    const { body } = await call(
      'POST',
      'server',
      serverBody({ ...change, user_data: '#cloud-config' }),
    )
    expect(body).toHaveProperty('server.password')
    const [server] = sandbox.upcloud.servers()
    expect((await call('GET', `server/${server?.uuid}`)).body).not.toHaveProperty('server.password')
    expect(server).toMatchObject({ hasMetadata: false, userData: '' })
  })
})

describe('what the account and the zone have', () => {
  test('is refused by the limit of cores', async () => {
    const opened = await openSandbox({ coreLimit: 2 })
    expect((await opened.call('GET', 'account')).body).toMatchObject({
      account: { username: 'sandbox', resource_limits: { cores: 2 } },
    })
    await makeServer(opened)
    const large = opened.call('POST', 'server', serverBody({ plan: '2xCPU-4GB' }))
    expect(await refusal(large)).toMatchObject({ status: 403, code: 'SERVER_CORE_LIMIT_REACHED' })
    await makeServer(opened)
  })
  test('runs out by a fault, for a plan or for any', async () => {
    const opened = await openSandbox()
    const { call, sandbox } = opened
    const remove = sandbox.faults.add({ kind: 'no-capacity', type: '2xCPU-4GB', zone: 'fi-hel1' })
    await makeServer(opened)
    const large = serverBody({ plan: '2xCPU-4GB' })
    expect(await refusal(call('POST', 'server', large))).toMatchObject({
      status: 409,
      code: 'SERVER_RESOURCES_UNAVAILABLE',
    })
    await makeServer(opened, { plan: '2xCPU-4GB', zone: 'de-fra1' })
    remove()
    sandbox.faults.add({ kind: 'no-capacity', zone: 'fi-hel1', after: 2 })
    await makeServer(opened, { plan: '2xCPU-4GB' })
    expect(await refusalCode(call('POST', 'server', serverBody()))).toContain('UNAVAILABLE')
  })
})
