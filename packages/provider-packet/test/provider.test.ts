import { randomUUID } from 'node:crypto'
import { lookup } from 'node:dns'
import { Socket } from 'node:net'
import { type Call, networkPolicy, openRateBudget, type ProviderSession } from '@kontena/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { packet } from '../src/index.ts'

vi.mock('node:dns', async (original) => {
  const real = await original<typeof import('node:dns')>()
  return { ...real, lookup: vi.fn() }
})

const call: Call = { signal: new AbortController().signal }
const owner = { master: randomUUID(), grid: 'demo' }
const order = { owner, count: 1, policy: networkPolicy(), sshKeys: [], tags: {} }
const batch = {
  owner,
  order: '01JD0000000000000000000000',
  zone: 'ams1',
  names: ['web-1'],
  userData: Buffer.from('#cloud-config\n'),
  shared: {},
  token: 'token-1',
  minimum: 'all',
  sshKeys: [],
  tags: {},
} as const

afterEach(() => {
  vi.restoreAllMocks()
})

async function open(access: Record<string, unknown> = {}): Promise<ProviderSession> {
  const openSession = await packet.load()
  return openSession({
    access: packet.accessOptions.parse(access),
    machine: packet.machineOptions.parse({ type: 'baremetal_0', billing: 'hourly' }),
    folder: '/nonexistent/packet',
    rate: openRateBudget({ title: packet.title, emit: () => undefined }),
  })
}

/** Every method of a session, with what it is called with. */
const methods: readonly (readonly [string, (session: ProviderSession) => Promise<unknown>])[] = [
  ['account', (session) => session.account(call)],
  ['preflight', (session) => session.preflight(order, call)],
  ['zones', (session) => session.zones(call)],
  ['prepare', (session) => session.prepare(order, call)],
  ['create', (session) => session.create(batch, call)],
  ['find', (session) => session.find({ owner }, call)],
  ['terminate', (session) => session.terminate(['a-device'], call)],
  ['removeShared', (session) => session.removeShared(owner, call)],
  ['restart', async (session) => session.restart?.(['a-device'], call)],
]

test('no socket is opened, whatever is asked', async () => {
  const connect = vi.spyOn(Socket.prototype, 'connect').mockImplementation(() => {
    throw new Error('a socket was opened')
  })
  const fetch = vi.spyOn(globalThis, 'fetch')
  const session = await open({ token: 'old-token', project: 'p-1' })
  const asked = methods.filter(([name]) => name in session)
  expect(asked.map(([name]) => name)).toEqual(Object.keys(session))
  await Promise.allSettled(asked.map(([, ask]) => ask(session)))
  expect(connect).not.toHaveBeenCalled()
  expect(fetch).not.toHaveBeenCalled()
  expect(lookup).not.toHaveBeenCalled()
})

test.each(['preflight', 'zones', 'prepare', 'create', 'restart'])(
  '%s says that the service ended, and the way on',
  async (name) => {
    const ask = methods.find(([method]) => method === name)?.[1]
    const session = await open()
    await expect(ask?.(session)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: 'Packet (Equinix Metal) ended on 2026-06-30 and makes no machines any more',
      hint: 'add a machine that you have elsewhere by SSH: kontena ssh node create',
    })
  },
)

describe('a machine of the time before', () => {
  test('is not found, and so can be taken away', async () => {
    const session = await open()
    expect(await session.find({ ids: ['a-device'] }, call)).toEqual([])
    expect(await session.find({ owner }, call)).toEqual([])
    await session.terminate(['a-device'], call)
    expect(await session.removeShared(owner, call)).toEqual([])
  })

  test('belongs to the project and facility that are given', async () => {
    const session = await open({ project: 'p-1', facility: 'ams1' })
    expect(await session.account(call)).toEqual({ id: 'p-1', region: 'ams1', local: false })
  })

  test('belongs somewhere where nothing is given', async () => {
    expect(await (await open()).account(call)).toEqual({
      id: 'packet',
      region: 'packet',
      local: false,
    })
  })
})

test.each(methods)('%s rejects once it is cancelled', async (name) => {
  const cancelled: Call = { signal: AbortSignal.abort(new Error('enough')) }
  const session = await open()
  const calls: Readonly<Record<string, () => Promise<unknown> | undefined>> = {
    account: () => session.account(cancelled),
    preflight: () => session.preflight(order, cancelled),
    zones: () => session.zones(cancelled),
    prepare: () => session.prepare(order, cancelled),
    create: () => session.create(batch, cancelled),
    find: () => session.find({ owner }, cancelled),
    terminate: () => session.terminate(['x'], cancelled),
    removeShared: () => session.removeShared(owner, cancelled),
    restart: () => session.restart?.(['x'], cancelled),
  }
  await expect(calls[name]?.()).rejects.toThrow('enough')
})
