import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { makeServer, type Opened, openSandbox, refusal, refusalCode, serverBody } from './open.ts'

const body = (change: object = {}, range: object = {}) => ({
  network: {
    name: 'grid',
    zone: 'fi-hel1',
    ip_networks: {
      ip_network: [{ address: '10.100.0.0/24', family: 'IPv4', dhcp: 'yes', ...range }],
    },
    ...change,
  },
})
const made = z.object({ network: z.object({ uuid: z.string() }) })

async function makeNetwork({ call }: Opened, change: object = {}): Promise<string> {
  const reply = await call('POST', 'network', body(change))
  expect(reply.status).toBe(201)
  return made.parse(reply.body).network.uuid
}

const interfaces = (network: string, ip: object = { family: 'IPv4' }) => ({
  networking: {
    interfaces: {
      interface: [
        { type: 'public', ip_addresses: { ip_address: [{ family: 'IPv4' }] } },
        { type: 'private', network, ip_addresses: { ip_address: [ip] } },
      ],
    },
  },
})

describe('a private network', () => {
  test('has a gateway of its own where it hands out addresses', async () => {
    const opened = await openSandbox()
    const uuid = await makeNetwork(opened, { labels: [{ key: 'grid', value: 'prod' }] })
    expect((await opened.call('GET', `network/${uuid}`)).body).toEqual({
      network: {
        uuid,
        name: 'grid',
        type: 'private',
        zone: 'fi-hel1',
        labels: [{ key: 'grid', value: 'prod' }],
        ip_networks: {
          ip_network: [
            {
              address: '10.100.0.0/24',
              family: 'IPv4',
              dhcp: 'yes',
              dhcp_default_route: 'no',
              gateway: '10.100.0.1',
            },
          ],
        },
      },
    })
  })
  test.each([
    ['no name', body({ name: undefined }), 400, 'NETWORK_NAME_MISSING'],
    ['no zone', body({ zone: undefined }), 400, 'ZONE_MISSING'],
    ['a zone that is none', body({ zone: 'eu-west-1' }), 404, 'ZONE_NOT_FOUND'],
    ['another type', body({ type: 'public' }), 400, 'NETWORK_TYPE_INVALID'],
    ['a public range', body({}, { address: '8.8.8.0/24' }), 400, 'ADDRESS_INVALID'],
    [
      'an address inside of a range',
      body({}, { address: '10.100.0.7/24' }),
      400,
      'ADDRESS_INVALID',
    ],
    ['a gateway elsewhere', body({}, { gateway: '10.9.0.1' }), 400, 'GATEWAY_INVALID'],
    ['an attribute that is unknown', body({}, { dhcp6: 'yes' }), 400, 'UNKNOWN_ATTRIBUTE'],
  ])('with %s is refused', async (_, wish, status, code) => {
    const { call, sandbox } = await openSandbox()
    expect(await refusal(call('POST', 'network', wish))).toMatchObject({ status, code })
    expect(sandbox.upcloud.networks()).toEqual([])
  })
  test('may have the range of another, unless a router joins the two', async () => {
    const opened = await openSandbox()
    await makeNetwork(opened)
    await makeNetwork(opened)
    const router = '04b65749-61e2-4f08-a259-c75afbe81abf'
    await makeNetwork(opened, { router })
    expect(await refusal(opened.call('POST', 'network', body({ router })))).toMatchObject({
      status: 409,
      code: 'NETWORK_OVERLAP',
    })
  })
  test('is listed by zone and by label, among those that every zone has', async () => {
    const opened = await openSandbox()
    await makeNetwork(opened, { labels: [{ key: 'grid', value: 'prod' }] })
    const count = async (query: string, most: number) => {
      const reply = await opened.call('GET', `network/?${query}`)
      expect(reply.body).toHaveProperty('networks.network.length', most)
    }
    await count('zone=fi-hel1', 4)
    await count('zone=de-fra1', 3)
    await count('label=grid%3Dprod', 1)
    await count('label=grid%3Dtest', 0)
  })
  test('is renamed and gets other labels', async () => {
    const opened = await openSandbox()
    const uuid = await makeNetwork(opened)
    const change = { network: { name: 'other', labels: [{ key: 'env', value: 'test' }] } }
    expect((await opened.call('PUT', `network/${uuid}`, change)).status).toBe(200)
    expect(opened.sandbox.upcloud.networks()).toMatchObject([
      { uuid, name: 'other', range: '10.100.0.0/24', labels: { env: 'test' } },
    ])
  })
  test('gives servers addresses, and stays while it has any', async () => {
    const opened = await openSandbox()
    const { call, sandbox } = opened
    const network = await makeNetwork(opened)
    const server = await makeServer(opened, interfaces(network))
    await makeServer(opened, interfaces(network, { family: 'IPv4', address: '10.100.0.99' }))
    const own = sandbox.upcloud.addresses().filter(({ type }) => type === 'private')
    expect(own.map(({ address }) => address)).toEqual(['10.100.0.2', '10.100.0.99'])
    expect((await call('GET', `network/${network}`)).body).toHaveProperty(
      'network.servers.server.length',
      2,
    )
    const { body: networking } = await call('GET', `server/${server}/networking`)
    expect(networking).toMatchObject({
      networking: {
        interfaces: {
          interface: [
            { type: 'public', index: 1 },
            { network, index: 2 },
          ],
        },
      },
    })
    expect(await refusal(call('DELETE', `network/${network}`))).toMatchObject({
      status: 409,
      code: 'NETWORK_NOT_EMPTY',
    })
    for (const { uuid } of sandbox.upcloud.servers()) {
      await vi.waitFor(() => {
        expect(sandbox.upcloud.servers().every(({ state }) => state === 'started')).toBe(true)
      })
      await call('POST', `server/${uuid}/stop`, { stop_server: { stop_type: 'hard' } })
    }
    await vi.waitFor(() => {
      expect(sandbox.upcloud.servers().every(({ state }) => state === 'stopped')).toBe(true)
    })
    for (const { uuid } of sandbox.upcloud.servers())
      await call('DELETE', `server/${uuid}/?storages=1`)
    expect((await call('DELETE', `network/${network}`)).status).toBe(204)
    expect(sandbox.upcloud.networks()).toEqual([])
  })
  test.each([
    ['an address that is taken', '10.100.0.2', 'ADDRESS_ATTACHED'],
    ['an address of another network', '10.9.0.2', 'IP_ADDRESS_INVALID'],
  ])('refuses a server that wants %s', async (_, address, code) => {
    const opened = await openSandbox()
    const network = await makeNetwork(opened)
    await makeServer(opened, interfaces(network))
    const wish = serverBody(interfaces(network, { family: 'IPv4', address }))
    expect(await refusalCode(opened.call('POST', 'server', wish))).toBe(code)
    expect(opened.sandbox.upcloud.servers()).toHaveLength(1)
  })
  test('takes no servers of another zone', async () => {
    const opened = await openSandbox()
    const network = await makeNetwork(opened)
    const wish = serverBody({ zone: 'de-fra1', ...interfaces(network) })
    expect(await refusalCode(opened.call('POST', 'server', wish))).toBe('ZONE_MISMATCH')
    const unknown = serverBody(interfaces('03b65749-61e2-4f08-a259-c75afbe81abf'))
    expect(await refusalCode(opened.call('POST', 'server', unknown))).toBe('NETWORK_NOT_FOUND')
  })
})

test('the networks of a zone are nobody’s to change', async () => {
  const { call } = await openSandbox()
  const { body: all } = await call('GET', 'network/?zone=fi-hel1')
  const { networks } = z
    .object({ networks: z.object({ network: z.array(z.object({ uuid: z.string() })) }) })
    .parse(all)
  const uuid = networks.network[0]?.uuid ?? ''
  expect(await refusal(call('DELETE', `network/${uuid}`))).toMatchObject({
    status: 403,
    code: 'NETWORK_FORBIDDEN',
  })
})

test('addresses are listed with what they belong to, private ones excepted', async () => {
  const opened = await openSandbox()
  const network = await makeNetwork(opened)
  const server = await makeServer(opened, interfaces(network))
  const { body: listed } = await opened.call('GET', 'ip_address')
  expect(listed).toMatchObject({
    ip_addresses: { ip_address: [{ access: 'public', family: 'IPv4', server, zone: 'fi-hel1' }] },
  })
  expect(await refusalCode(opened.call('GET', 'ip_address/192.0.2.1'))).toBe('IP_ADDRESS_NOT_FOUND')
})
