import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { answerUsualAccount, networkId, networkOf } from './account-answers.ts'
import { call, newOwner, openSession, orderOf } from './orders.ts'
import { startUpcloudStub, type UpcloudStub } from './upcloud-stub.ts'

const owner = newOwner()
const own = networkOf(owner)
let stub: UpcloudStub

beforeEach(async () => {
  stub = await startUpcloudStub()
  answerUsualAccount(stub)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await stub.close()
})

const listOf = (...networks: unknown[]) => ({ body: { networks: { network: networks } } })

async function prepare(machine: Record<string, unknown> = {}) {
  const session = await openSession({ machine })
  return await session.prepare(orderOf(owner), call)
}

const sentNetwork = z.object({
  network: z.object({
    ip_networks: z.object({ ip_network: z.tuple([z.looseObject({ address: z.string() })]) }),
  }),
})

describe("a grid's own network", () => {
  test('is made with the labels of the grid, DHCP and no default route', async () => {
    stub.answer('GET /network/', listOf(), listOf(own))
    stub.answer('POST /network/', { body: { network: own } })
    const prepared = await prepare()
    expect(stub.sent('POST /network/')[0]?.body).toEqual({
      network: {
        name: `kontena-demo-${owner.master.slice(0, 8)}-fi-hel1`,
        zone: 'fi-hel1',
        labels: [
          { key: 'kontena-master', value: owner.master },
          { key: 'kontena-grid', value: 'demo' },
          { key: 'kontena-made', value: expect.stringMatching(/^\d{13}$/) },
        ],
        ip_networks: {
          ip_network: [
            {
              address: expect.stringMatching(/^172\.16\.\d+\.0\/22$/),
              family: 'IPv4',
              dhcp: 'yes',
              dhcp_default_route: 'no',
            },
          ],
        },
      },
    })
    expect(prepared).toEqual({ shared: { network: networkId }, network: ['172.16.0.0/22'] })
  })

  test('that is there is used, and nothing is made', async () => {
    stub.answer('GET /network/', listOf(own))
    expect((await prepare()).shared).toEqual({ network: networkId })
    expect(stub.sent('POST /network/')).toEqual([])
  })

  test('of another grid, zone or kind with the same name is not', async () => {
    const strangers = [
      networkOf(newOwner(), { name: 'kontena-demo' }),
      networkOf(owner, { zone: 'de-fra1' }),
      networkOf(owner, { type: 'public' }),
      networkOf(undefined),
    ]
    stub.answer('GET /network/', listOf(...strangers), listOf(...strangers))
    stub.answer('POST /network/', { body: { network: networkOf(owner, { uuid: '03-mine' }) } })
    expect((await prepare()).shared).toEqual({ network: '03-mine' })
  })

  test('has a range that no network of the account has, wherever that is', async () => {
    const { address: usual } = await madeRange()
    stub.answer(
      'GET /network/',
      listOf(
        networkOf(undefined, {
          zone: 'de-fra1',
          ip_networks: { ip_network: [{ address: usual, family: 'IPv4', dhcp: 'yes' }] },
        }),
      ),
    )
    expect((await madeRange()).address).not.toBe(usual)
  })

  describe('that two commands made at once', () => {
    const labelled = (made: string, changes: Readonly<Record<string, unknown>> = {}) => {
      const labels = [
        { key: 'kontena-master', value: owner.master },
        { key: 'kontena-grid', value: 'demo' },
        { key: 'kontena-made', value: made },
      ]
      return networkOf(owner, { labels, ...changes })
    }
    const servers = { server: [{ uuid: '00', title: 'web-1' }] }

    test.each([
      ['the oldest', labelled('5', { uuid: '0300' })],
      ['one that has machines', labelled('9', { uuid: '0300', servers })],
    ])('is %s for both, and the other goes', async (_, other) => {
      const mine = labelled('7')
      stub.answer('GET /network/', listOf(), listOf(mine, other))
      stub.answer('POST /network/', { body: { network: mine } })
      stub.answer(`DELETE /network/${networkId}`, { done: true })
      expect((await prepare()).shared).toEqual({ network: '0300' })
      expect(stub.sent(`DELETE /network/${networkId}`)).toHaveLength(1)
    })

    test('stays where it is the one', async () => {
      const mine = labelled('7')
      stub.answer('GET /network/', listOf(), listOf(labelled('8', { uuid: '0300' }), mine))
      stub.answer('POST /network/', { body: { network: mine } })
      expect((await prepare()).shared).toEqual({ network: networkId })
      expect(stub.requests.some(({ method }) => method === 'DELETE')).toBe(false)
    })
  })

  test('that lists do not show yet is used all the same', async () => {
    stub.answer('GET /network/', listOf(), listOf())
    stub.answer('POST /network/', { body: { network: own } })
    expect((await prepare()).shared).toEqual({ network: networkId })
  })

  test('that finds no range is told with the way out', async () => {
    const ranges = ['172.16.0.0/16', '192.168.0.0/16']
    const ip_network = ranges.map((address) => ({ address, family: 'IPv4', dhcp: 'yes' }))
    stub.answer('GET /network/', listOf(networkOf(undefined, { ip_networks: { ip_network } })))
    await expect(prepare()).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      hint: expect.stringContaining('--network'),
    })
  })

  async function madeRange() {
    stub.forget()
    stub.answer('POST /network/', { body: { network: own } })
    await prepare()
    const { network } = sentNetwork.parse(stub.sent('POST /network/')[0]?.body)
    return network.ip_networks.ip_network[0]
  }
})

describe('a given network', () => {
  test.each([networkId, 'office'])('is found as %s, and nothing is made', async (network) => {
    stub.answer('GET /network/', listOf(networkOf(undefined, { name: 'office' })))
    expect(await prepare({ network })).toEqual({
      shared: { network: networkId },
      network: ['172.16.0.0/22'],
    })
    expect(stub.sent('POST /network/')).toEqual([])
  })

  test('that is not there is refused with those that are', async () => {
    stub.answer('GET /network/', listOf(networkOf(undefined, { name: 'office' })))
    await expect(prepare({ network: 'ofice' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'network ofice does not exist in zone fi-hel1',
      hint: 'there is office',
    })
  })

  test('in another zone is not there', async () => {
    stub.answer('GET /network/', listOf(networkOf(undefined, { name: 'office', zone: 'de-fra1' })))
    await expect(prepare({ network: 'office' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'there is no private network here',
    })
  })

  test('whose name two have is to be named by its uuid', async () => {
    const two = ['0301', '0302'].map((uuid) => networkOf(undefined, { uuid, name: 'office' }))
    stub.answer('GET /network/', listOf(...two))
    await expect(prepare({ network: 'office' })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      hint: 'name one by its uuid: 0301, 0302',
    })
  })

  test.each([
    [{ address: '10.1.0.0/24', family: 'IPv4', dhcp: 'no' }],
    [{ address: 'fd00::/64', family: 'IPv6', dhcp: 'yes' }],
  ])('with %j alone gives machines no address', async (range) => {
    const network = networkOf(undefined, { name: 'office', ip_networks: { ip_network: [range] } })
    stub.answer('GET /network/', listOf(network))
    await expect(prepare({ network: 'office' })).rejects.toMatchObject({ code: 'BAD_OPTIONS' })
  })
})

describe('removing what machines shared', () => {
  async function remove() {
    const session = await openSession()
    return await session.removeShared(owner, call)
  }

  test("takes the grid's networks of this zone, and no other", async () => {
    stub.answer(
      'GET /network/',
      listOf(
        own,
        networkOf(undefined, { uuid: '0301' }),
        networkOf(owner, { uuid: '0302', zone: 'de-fra1' }),
      ),
    )
    stub.answer(`DELETE /network/${networkId}`, { done: true })
    expect(await remove()).toEqual([])
    expect(stub.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
  })

  test('waits while a machine is attached', async () => {
    const servers = { server: [{ uuid: '00', title: 'web-1' }] }
    stub.answer('GET /network/', listOf(networkOf(owner, { servers })))
    await expect(remove()).rejects.toMatchObject({ code: 'BUSY' })
    expect(stub.requests.every(({ method }) => method === 'GET')).toBe(true)
  })

  test('waits where UpCloud says that something is attached', async () => {
    stub.answer('GET /network/', listOf(own))
    stub.answer(`DELETE /network/${networkId}`, { error: 'NETWORK_NOT_EMPTY', status: 409 })
    await expect(remove()).rejects.toMatchObject({ code: 'BUSY' })
  })

  test('is done where somebody else was quicker', async () => {
    stub.answer('GET /network/', listOf(own))
    stub.answer(`DELETE /network/${networkId}`, { error: 'NETWORK_NOT_FOUND', status: 404 })
    expect(await remove()).toEqual([])
  })
})
