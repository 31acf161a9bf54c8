import { describe, expect, test } from 'vitest'
import { openUpcloudClient, planPrice } from '../src/index.ts'
import { type FakeAnswer, fakeFetch, type SentRequest } from './fake-fetch.ts'

function open(reply: Parameters<typeof fakeFetch>[0]) {
  const { fetch, sent } = fakeFetch(reply)
  return { client: openUpcloudClient({ token: 't', fetch }), sent }
}

const server = {
  uuid: '00798b85-efdc-41ca-8021-f6ef457b8531',
  title: 'web-1',
  hostname: 'web-1',
  zone: 'fi-hel1',
  plan: '1xCPU-2GB',
  state: 'maintenance',
  core_number: '1',
  memory_amount: '2048',
  created: 1_700_000_000,
  progress: '15',
  labels: { label: [{ key: 'env', value: 'prod' }] },
}

describe('the account', () => {
  test('has its limits as numbers', async () => {
    const limits = { cores: 100, memory: '307200', additional: { a: 1 } }
    const { client } = open([
      { body: { account: { credits: 9972.2, username: 'anna', resource_limits: limits } } },
    ])
    expect(await client.accounts.get()).toEqual({
      username: 'anna',
      credits: 9972.2,
      isTrial: undefined,
      resourceLimits: { cores: 100, memory: 307_200 },
    })
  })

  test('is a trial where the API says so', async () => {
    const { client } = open([{ body: { account: { username: 'anna', trial_mode: 1 } } }])
    expect(await client.accounts.get()).toMatchObject({ isTrial: true, resourceLimits: {} })
  })

  test('names the one above it', async () => {
    const { client, sent } = open([
      { body: { account: { username: 'anna', type: 'sub', main_account: 'acme' } } },
    ])
    expect((await client.accounts.details('anna')).mainAccount).toBe('acme')
    expect(sent[0]?.path).toBe('/1.3/account/details/anna')
  })
})

test('prices are known by zone and plan', async () => {
  const zone = {
    name: 'fi-hel1',
    'server_plan_1xCPU-2GB': { amount: 1, price: 2.2321 },
    note: 'not a price',
  }
  const { client } = open([{ body: { prices: { currency: 'EUR', zone: [zone] } } }])
  const prices = await client.prices()
  expect(prices.currency).toBe('EUR')
  expect(planPrice(prices, 'fi-hel1', '1xCPU-2GB')).toBe(2.2321)
  expect(planPrice(prices, 'fi-hel1', '9xCPU')).toBe(undefined)
  expect(planPrice(prices, 'de-fra1', '1xCPU-2GB')).toBe(undefined)
})

test('plans without a disk of their own have none', async () => {
  const plan = {
    name: 'CLOUDNATIVE-1xCPU-4GB',
    core_number: 1,
    memory_amount: 4096,
    storage_size: 0,
    storage_tier: null,
    current_offering: 'no',
  }
  const { client } = open([{ body: { plans: { plan: [plan] } } }])
  expect(await client.plans()).toEqual([
    {
      name: 'CLOUDNATIVE-1xCPU-4GB',
      cores: 1,
      memoryMib: 4096,
      storageGib: 0,
      storageTier: undefined,
      family: undefined,
      gpus: 0,
      isCurrent: false,
    },
  ])
})

describe('servers', () => {
  test('are listed by labels, all of which they have', async () => {
    const { client, sent } = open([{ body: { servers: { server: [server] } } }])
    const found = await client.servers.list({ labels: { env: 'a&b', role: '' } })
    expect(sent[0]?.path).toBe('/1.3/server/?label=env%3Da%26b&label=role')
    expect(found).toMatchObject([
      { uuid: server.uuid, state: 'maintenance', cores: 1, memoryMib: 2048, progress: 15 },
    ])
    expect(found[0]?.labels).toEqual({ env: 'prod' })
    expect(found[0]?.createdAt?.toISOString()).toBe('2023-11-14T22:13:20.000Z')
  })

  test('are made with all that is asked and nothing that is not', async () => {
    const { client, sent } = open([{ status: 202, body: { server } }])
    await client.servers.create({
      zone: 'fi-hel1',
      title: 'web-1',
      hostname: 'web-1',
      plan: '1xCPU-2GB',
      metadata: true,
      firewall: false,
      userData: '#cloud-config\n',
      labels: { env: 'prod' },
      loginUser: { username: 'ops', createPassword: false, sshKeys: ['ssh-ed25519 AAAA'] },
      passwordDelivery: 'none',
      storages: [{ action: 'clone', storage: '01', title: 'disk', sizeGib: 50, tier: 'maxiops' }],
      interfaces: [{ type: 'public' }, { type: 'private', network: '03' }],
    })
    expect(sent[0]?.body).toEqual({
      server: {
        zone: 'fi-hel1',
        title: 'web-1',
        hostname: 'web-1',
        plan: '1xCPU-2GB',
        metadata: 'yes',
        firewall: 'off',
        user_data: '#cloud-config\n',
        labels: { label: [{ key: 'env', value: 'prod' }] },
        login_user: {
          username: 'ops',
          create_password: 'no',
          ssh_keys: { ssh_key: ['ssh-ed25519 AAAA'] },
        },
        password_delivery: 'none',
        storage_devices: {
          storage_device: [
            { action: 'clone', storage: '01', title: 'disk', size: 50, tier: 'maxiops' },
          ],
        },
        networking: {
          interfaces: {
            interface: [
              { type: 'public', ip_addresses: { ip_address: [{ family: 'IPv4' }] } },
              {
                type: 'private',
                network: '03',
                ip_addresses: { ip_address: [{ family: 'IPv4' }] },
              },
            ],
          },
        },
      },
    })
  })

  test.each([
    ['stop', 'stop_server', {}],
    ['restart', 'restart_server', { timeout_action: 'destroy' }],
  ] as const)('%s softly, and by force when time is up', async (action, wrapping, more) => {
    const { client, sent } = open([{ body: { server } }])
    await client.servers[action](server.uuid, { type: 'soft', timeout: 120 })
    expect(sent[0]).toMatchObject({ method: 'POST', path: `/1.3/server/${server.uuid}/${action}` })
    expect(sent[0]?.body).toEqual({ [wrapping]: { stop_type: 'soft', timeout: '120', ...more } })
  })

  test('are deleted with their disks and backups only where that is said', async () => {
    const { client, sent } = open([{ status: 204 }, { status: 204 }])
    await client.servers.delete(server.uuid)
    await client.servers.delete(server.uuid, { storages: true, backups: 'delete' })
    expect(sent.map(({ path }) => path)).toEqual([
      `/1.3/server/${server.uuid}/`,
      `/1.3/server/${server.uuid}/?storages=1&backups=delete`,
    ])
  })

  test('are changed in what is named', async () => {
    const { client, sent } = open([{ status: 202, body: { server } }])
    await client.servers.modify(server.uuid, { title: 'web-2', labels: {}, firewall: true })
    expect(sent[0]?.body).toEqual({
      server: { title: 'web-2', labels: { label: [] }, firewall: 'on' },
    })
  })

  test('have rules, which are replaced as a whole', async () => {
    const { client, sent } = open([{ status: 204 }])
    const ssh = {
      direction: 'in',
      action: 'accept',
      protocol: 'tcp',
      destinationPorts: ['22', '22'],
    } as const
    await client.firewallRules.replace(server.uuid, [ssh])
    expect(sent[0]).toMatchObject({
      method: 'PUT',
      path: `/1.3/server/${server.uuid}/firewall_rule`,
      body: {
        firewall_rules: {
          firewall_rule: [
            {
              direction: 'in',
              action: 'accept',
              protocol: 'tcp',
              destination_port_start: '22',
              destination_port_end: '22',
            },
          ],
        },
      },
    })
  })
})

describe('pages of storages', () => {
  const storage = (index: number) => ({
    uuid: `01-${index}`,
    title: `disk ${index}`,
    type: 'normal',
    access: 'private',
    state: 'online',
    size: 10,
  })
  const all = Array.from({ length: 250 }, (_, index) => storage(index))
  const inPages = ({ path }: SentRequest): FakeAnswer => {
    const query = new URL(path, 'http://x').searchParams
    const offset = Number(query.get('offset'))
    const page = all.slice(offset, offset + Number(query.get('limit')))
    return { body: { storages: { storage: page } } }
  }

  test('are read to the last', async () => {
    const { client, sent } = open(inPages)
    expect(await client.storages.list({ kind: 'private' })).toHaveLength(250)
    expect(sent.map(({ path }) => path)).toEqual([
      '/1.3/storage/private?limit=100&offset=0',
      '/1.3/storage/private?limit=100&offset=100',
      '/1.3/storage/private?limit=100&offset=200',
    ])
  })

  test('are not read further than one goes', async () => {
    const { client, sent } = open(inPages)
    for await (const { uuid } of client.storages.each()) if (uuid === '01-120') break
    expect(sent).toHaveLength(2)
  })

  test('end where an API gives everything at once', async () => {
    for (const count of [100, 250]) {
      const everything = { body: { storages: { storage: all.slice(0, count) } } }
      const { client } = open(() => everything)
      expect(await client.storages.list()).toHaveLength(count)
    }
  })

  test('are asked for by labels too', async () => {
    const { client, sent } = open([{ body: { storages: { storage: [] } } }])
    await client.storages.list({ labels: { env: 'prod' } })
    expect(sent[0]?.path).toBe('/1.3/storage?label=env%3Dprod&limit=100&offset=0')
  })
})

describe('storages', () => {
  const details = {
    uuid: '01',
    title: 'disk',
    type: 'normal',
    access: 'private',
    state: 'online',
    size: '20',
    servers: { server: ['00'] },
    labels: [{ key: 'a1', value: 'b' }],
  }

  test('are made, changed and deleted', async () => {
    const { client, sent } = open([
      { status: 201, body: { storage: details } },
      { status: 202, body: { storage: details } },
      { status: 204 },
    ])
    const made = await client.storages.create({
      zone: 'fi-hel1',
      title: 'disk',
      sizeGib: 20,
      labels: { a1: 'b' },
    })
    expect(made).toMatchObject({ sizeGib: 20, servers: ['00'], labels: { a1: 'b' } })
    await client.storages.modify('01', { sizeGib: 30 })
    await client.storages.delete('01', { backups: 'delete' })
    expect(sent).toMatchObject([
      { body: { storage: { size: '20', labels: [{ key: 'a1', value: 'b' }] } } },
      { body: { storage: { size: '30' } } },
      { method: 'DELETE', path: '/1.3/storage/01?backups=delete' },
    ])
  })
})

test('networks are renamed and found by label', async () => {
  const network = { uuid: '03', name: 'grid', type: 'private', zone: 'fi-hel1' }
  const { client, sent } = open([
    { body: { network } },
    { body: { networks: { network: [network] } } },
  ])
  await client.networks.modify('03', { name: 'grid' })
  expect(await client.networks.list({ labels: { env: 'x' } })).toEqual([
    { ...network, router: undefined, labels: {}, ipNetworks: [], servers: [] },
  ])
  expect(sent).toMatchObject([
    { method: 'PUT', body: { network: { name: 'grid' } } },
    { path: '/1.3/network/?label=env%3Dx' },
  ])
})

test('server groups are made', async () => {
  const group = { uuid: '0b', title: 'web', anti_affinity: 'strict', servers: { server: [] } }
  const { client, sent } = open([{ body: { server_group: group } }])
  const made = await client.serverGroups.create({ title: 'web', antiAffinity: 'strict' })
  expect(made).toMatchObject({ antiAffinity: 'strict', servers: [] })
  expect(sent[0]?.body).toEqual({ server_group: { title: 'web', anti_affinity: 'strict' } })
})
