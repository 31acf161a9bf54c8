import { randomUUID } from 'node:crypto'
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import type { ProviderSession } from '@kontena/core'
import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { useEnvironment } from './aws-environment.ts'
import { batchOf, call, newOwner, openSession, orderOf, policy } from './orders.ts'

let sandbox: Sandbox
let session: ProviderSession
let owner: ReturnType<typeof newOwner>

beforeAll(async () => {
  sandbox = await startSandbox({ bootTime: 200 })
})
afterAll(async () => {
  await sandbox.close()
})
beforeEach(async () => {
  useEnvironment(sandbox.environment())
  owner = newOwner()
  session = await openSession()
})
afterEach(async () => {
  sandbox.faults.clear()
  await vi.waitFor(async () => {
    const left = (await session.find({ owner }, call)).filter(({ state }) => state !== 'gone')
    if (left.length === 0) return
    await session.terminate(
      left.map(({ id }) => id),
      call,
    )
    throw new Error('machines are still there')
  }, patience)
  await vi.waitFor(() => session.removeShared(owner, call), patience)
  vi.unstubAllEnvs()
})
const patience = { timeout: 10_000, interval: 50 }

/** Starts a batch in a grid that is prepared. */
async function create(changes: Parameters<typeof batchOf>[2] = {}) {
  const { shared } = await session.prepare(orderOf(owner), call)
  return session.create(batchOf(owner, shared, changes), call)
}

async function untilState(id: string, state: string) {
  return vi.waitFor(async () => {
    const [machine] = await session.find({ ids: [id] }, call)
    expect(machine?.state).toBe(state)
    return machine
  }, patience)
}

test('an order leaves nothing behind once its machines and their group are removed', async () => {
  const { sharedCalls, warnings } = await session.preflight(
    { owner, count: 2, policy, sshKeys: [], tags: {} },
    call,
  )
  expect(sharedCalls).toEqual(['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress'])
  expect(warnings).toEqual([])
  expect(sandbox.ec2.securityGroups().filter(({ name }) => name !== 'default')).toEqual([])

  const { machines } = await create({ tags: { team: 'blue' } })
  const ids = machines.map(({ id }) => id)
  expect(machines.map(({ launchIndex }) => launchIndex)).toEqual([0, 1])
  for (const id of ids) await untilState(id, 'running')
  await expect(session.removeShared(owner, call)).rejects.toMatchObject({ code: 'BUSY' })

  const again = await session.preflight({ owner, count: 2, policy, sshKeys: [], tags: {} }, call)
  expect(again.sharedCalls).toEqual([])
  expect(again.warnings).toEqual([])

  await session.terminate(ids, call)
  for (const id of ids) await untilState(id, 'gone')
  await session.terminate([...ids, 'i-00000000000000000'], call)
  await session.removeShared(owner, call)
  await session.removeShared(owner, call)
  expect(sandbox.ec2.securityGroups().filter(({ name }) => name !== 'default')).toEqual([])
  expect(sandbox.ec2.volumes()).toEqual([])
})

describe('a create call', () => {
  test('whose answer was lost gives the same machines when it is repeated', async () => {
    const { shared } = await session.prepare(orderOf(owner), call)
    const batch = batchOf(owner, shared)
    sandbox.faults.add({ kind: 'timeout-after-commit', action: 'RunInstances', times: 1 })
    await expect(session.create(batch, call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const { machines } = await session.create(batch, call)
    const found = await session.find({ owner, order: batch.order }, call)
    expect(found.map(({ id }) => id).toSorted()).toEqual(machines.map(({ id }) => id).toSorted())
    expect(found.map(({ token }) => token)).toEqual([batch.token, batch.token])
  })

  test('with the token of another is told apart from a failure that made nothing', async () => {
    const { shared } = await session.prepare(orderOf(owner), call)
    const token = randomUUID()
    await session.create(batchOf(owner, shared, { token }), call)
    const other = session.create(batchOf(owner, shared, { token, names: ['one'] }), call)
    await expect(other).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('makes all or nothing, or what there is room for', async () => {
    sandbox.faults.add({ kind: 'no-capacity', zone: 'eu-west-1a', after: 1 })
    await expect(create()).rejects.toMatchObject({ code: 'NO_CAPACITY' })
    const { machines, failure } = await create({ minimum: 'some' })
    expect(machines).toHaveLength(1)
    expect(failure).toMatchObject({ code: 'NO_CAPACITY' })
    expect((await create({ zone: 'eu-west-1b' })).machines).toHaveLength(2)
  })

  test('for a group that vanished asks to prepare again', async () => {
    const { shared } = await session.prepare(orderOf(owner), call)
    await session.removeShared(owner, call)
    const batch = batchOf(owner, shared)
    await expect(session.create(batch, call)).rejects.toMatchObject({ code: 'BUSY' })
  })
})

test('a machine that never ran is gone, and keeps why', async () => {
  sandbox.faults.add({ kind: 'boot-failure', times: 1 })
  const { machines } = await create({ names: ['one'] })
  const machine = await untilState(machines[0]?.id ?? '', 'gone')
  expect(machine?.reason).toBe('Server.InternalError: Internal error on launch')
})

test("a group that another group's rule names stays, and goes once the rule is gone", async () => {
  const {
    shared: { securityGroups },
  } = await session.prepare(orderOf(owner), call)
  const [own = ''] = z.array(z.string()).parse(securityGroups)
  const ec2 = new EC2Client({})
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: `db-${own}`, Description: 'database' }),
  )
  const IpPermissions = [
    { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: own }] },
  ]
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
  const exists = () => sandbox.ec2.securityGroups().some(({ id }) => id === own)
  await session.removeShared(owner, call)
  expect(exists()).toBe(true)
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
  await session.removeShared(owner, call)
  expect(exists()).toBe(false)
})

test('grids of two masters with one name know nothing of each other', async () => {
  const other = newOwner(owner.grid)
  await create({ names: ['one'] })
  expect(await session.find({ owner: other }, call)).toEqual([])
  await session.removeShared(other, call)
  expect(await session.find({ owner }, call)).toHaveLength(1)
})

test('the console of a machine can be read, also where there is none yet', async () => {
  sandbox.faults.add({ kind: 'boot-console', text: 'no route to the master', times: 1 })
  const { machines } = await create({ names: ['one'] })
  const id = machines[0]?.id ?? ''
  await session.consoleLog?.(id, call)
  await untilState(id, 'running')
  await vi.waitFor(async () => {
    expect(await session.consoleLog?.(id, call)).toContain('no route to the master')
  }, patience)
})

test('names reach the machines', async () => {
  const { machines } = await create({ names: ['web-1'] })
  const id = machines[0]?.id ?? ''
  await session.nameMachines?.([{ id, name: 'web-1' }], call)
  expect((await session.find({ ids: [id] }, call))[0]?.name).toBe('web-1')
  await untilState(id, 'running')
  await expect(session.restart?.([id], call)).resolves.toBeUndefined()
})

describe('a preflight refuses', () => {
  const check = async (machine: Record<string, unknown>, access: Record<string, unknown> = {}) => {
    const opened = await openSession({ machine, access })
    return opened.preflight({ owner, count: 1, policy, sshKeys: [], tags: {} }, call)
  }

  test.each([
    ['an unknown type', { type: 't3.smal' }, 'NOT_FOUND', 't3.small'],
    ['an unknown zone', { zone: 'z' }, 'NOT_FOUND', 'eu-west-1a'],
    ['a type that its zone lacks', { type: 'm7i.large', zone: 'c' }, 'BAD_OPTIONS', 'eu-west-1a'],
    ['an unknown VPC', { vpcId: 'vpc-00000000000000bad' }, 'NOT_FOUND', 'vpc-'],
    ['an unknown subnet', { subnetId: 'subnet-00000000000000bad' }, 'NOT_FOUND', 'subnet-'],
    ['an unknown key pair', { keyPair: 'nobody' }, 'NOT_FOUND', 'no key pair'],
    ['an unknown group', { securityGroups: 'defalt' }, 'NOT_FOUND', 'default'],
    ['an unknown image', { ami: 'ami-00000000000000bad' }, 'NOT_FOUND', 'region'],
    ['half an id', { vpcId: 'vpc-0bad' }, 'BAD_OPTIONS', 'options'],
    ['an image of another architecture', { type: 't4g.small', ami: 'x86' }, 'BAD_OPTIONS', 'arm64'],
  ])('%s', async (_, machine, code, hint) => {
    const { facts } = await check({})
    const ami = /ami-[0-9a-f]+/.exec(facts.image ?? '')?.[0]
    const given = 'ami' in machine && machine.ami === 'x86' ? { ...machine, ami } : machine
    await expect(check(given)).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint),
    })
  })

  test('a wrong secret', async () => {
    const access = { accessKey: process.env.AWS_ACCESS_KEY_ID, secretKey: 'wrong' }
    await expect(check({}, access)).rejects.toMatchObject({ code: 'BAD_CREDENTIALS' })
  })

  test('a region that is not there', async () => {
    await expect(check({}, { region: 'eu-west-9' })).rejects.toMatchObject({
      code: expect.stringMatching(/BAD_CREDENTIALS|NOT_FOUND/),
    })
  })

  test.each(['RunInstances', 'CreateSecurityGroup', 'DescribeInstanceTypes'])(
    'credentials without the right %s',
    async (action) => {
      sandbox.faults.add({ kind: 'unauthorized', action })
      await expect(check({})).rejects.toMatchObject({
        code: 'ACCESS_DENIED',
        message: expect.stringContaining(`ec2:${action}`),
      })
    },
  )
})

test.each(['ubuntu-24.04', 'ubuntu-22.04', 'debian-12', 'debian-13', 'flatcar'])(
  '%s is found for both architectures',
  async (image) => {
    for (const type of ['t3.small', 't4g.small']) {
      const opened = await openSession({ machine: { image, type } })
      const { facts } = await opened.preflight(
        { owner, count: 1, policy, sshKeys: [], tags: {} },
        call,
      )
      expect(facts.image).toMatch(type === 't3.small' ? /amd64\)$/ : /arm64\)$/)
    }
  },
)

test('a new machine that EC2 does not show yet is absent, and hides none of the others', async () => {
  const late = await startSandbox({ bootTime: 200, consistencyDelay: 700 })
  try {
    useEnvironment(late.environment())
    session = await openSession()
    const { machines } = await create({ names: ['one'] })
    const ids = machines.map(({ id }) => id)
    expect(await session.find({ ids }, call)).toEqual([])
    expect(await session.find({ owner }, call)).toEqual([])
    await untilState(ids[0] ?? '', 'running')
  } finally {
    await late.close()
    useEnvironment(sandbox.environment())
    session = await openSession()
  }
})
