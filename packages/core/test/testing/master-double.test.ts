import { MasterError } from '@kontena/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { defineProvider, type MachineBatch } from '../../src/provider.ts'
import { type MasterDouble, openMasterDouble } from '../../src/testing/master-double.ts'
import type { CloudUnderTest, TrueMachine } from '../../src/testing/subject.ts'
import { installVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts'

const order = '01JD0000000000000000000001'
const owner = { master: 'm', grid: 'luna' }
const never = new AbortController().signal
const provider = defineProvider({
  name: 'moon',
  title: 'The Moon',
  accessOptions: z.object({}),
  machineOptions: z.object({}),
  limits: { userDataBytes: 16_384, batch: 9 },
  bootstrap: { gzip: false, launchIndex: 'ds.index', metadataServices: [] },
  abilities: {
    restart: false,
    stop: false,
    consoleLog: false,
    master: false,
    firewall: { esp: 'host' },
    idempotentCreate: true,
  },
  load: async () => () => {
    throw new Error('nobody opens it')
  },
})

let clock: VirtualClock
let master: MasterDouble
let machines: TrueMachine[]
let stop: AbortController

beforeEach(async () => {
  clock = installVirtualClock()
  machines = []
  stop = new AbortController()
  master = openMasterDouble(provider)
  master.account = { id: 'acme', region: 'moon' }
  master.expect(batch)
  void master.watch(cloud, stop.signal)
  const nodes = [{ name: 'web-1' }, { name: 'web-2' }]
  const body = { order, secret: 'ab'.repeat(32), expires_in: 60, nodes }
  await master.client.createEnrolment('luna', body, never)
})
afterEach(() => {
  stop.abort()
  clock.restore()
})

const batch: MachineBatch = {
  ...{ owner, order, zone: 'kepler', names: ['web-1', 'web-2'], userData: new Uint8Array() },
  ...{ shared: {}, token: 'token-1', minimum: 'all', sshKeys: [], tags: {} },
}

const cloud: CloudUnderTest = {
  endpoint: 'http://127.0.0.1:1',
  environment: () => ({}),
  secrets: [],
  machines: () => machines,
  things: () => [],
  rules: () => [],
  plantForeign: () => undefined,
  arm: () => undefined,
  close: () => undefined,
}

function machine(changes: Partial<TrueMachine> = {}): TrueMachine {
  return {
    ...{ id: 'rover-1', name: undefined, state: 'running', zone: 'kepler', launchIndex: 0 },
    ...{ owner, order, token: 'token-1', userData: undefined, ...changes },
  }
}

async function look(times = 1): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    clock.step()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a machine that runs enrols by its place in the batch, and then comes online', async () => {
  machines = [machine({ launchIndex: 1 })]
  await look()
  const identity = { provider: 'moon', account: 'acme', region: 'moon', id: 'rover-1', order }
  expect(master.nodes[1]).toMatchObject({ machine: identity, status: 'created' })
  await look()
  expect(master.nodes[1]).toMatchObject({ status: 'online', connected: true })
  expect(master.nodes[0]?.machine).toBeNull()
})

test('a machine that boots, one of another order and one that is not to enrol stay outside', async () => {
  machines = [machine({ state: 'pending' }), machine({ id: 'rover-2', order: 'another' })]
  await look(3)
  expect(master.nodes.every((node) => node.machine === null)).toBe(true)
  machines = [machine()]
  master.enrols = false
  await look(3)
  expect(master.nodes.every((node) => node.machine === null)).toBe(true)
})

test('two machines of one name are seen', async () => {
  machines = [machine(), machine({ id: 'rover-2' })]
  await look(2)
  expect(master.nodes[0]).toMatchObject({ enrolment: 'contested' })
})

test('nobody enrols once the order has ended', async () => {
  await master.client.endEnrolment('luna', order, never)
  machines = [machine()]
  await look(3)
  expect(master.nodes[0]?.machine).toBeNull()
})

test('an agent goes offline with its machine', async () => {
  machines = [machine()]
  await look(2)
  machines = [machine({ state: 'going' })]
  await look()
  expect(master.nodes[0]).toMatchObject({ connected: false, status: 'offline' })
})

test('names are registered once, and records are dropped', async () => {
  const body = {
    order: 'another',
    secret: 'cd'.repeat(32),
    expires_in: 60,
    nodes: [{ name: 'web-1' }],
  }
  await expect(master.client.createEnrolment('luna', body, never)).rejects.toThrow(MasterError)
  await master.client.removeNode('luna', 'web-1', never)
  await expect(master.client.node('luna', 'web-1', never)).rejects.toMatchObject({
    kind: 'not-found',
  })
  expect((await master.client.nodes('luna', never)).map(({ name }) => name)).toEqual(['web-2'])
})
