import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import { networkPolicy } from '@kontena/core'
import { beforeEach, describe, expect, inject, test } from 'vitest'
import { useEndpoint } from './aws-environment.ts'
import { makeFolder } from './folder.ts'
import { batchOf, call, newOwner, openSession, orderOf, policy } from './orders.ts'

const url = inject('motoUrl')
/** Moto knows no image parameters of today's systems; this image it does have. */
const ami = 'ami-12c6146b'
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEmnDsZJ+4WSsbHeyeX2cZ3d26gb5B6gqwfDTJXw0nO4 me'

describe.skipIf(url === undefined)('against moto', () => {
  beforeEach(() => useEndpoint(url ?? ''))

  test('an account is its number and region, and local on loopback', async () => {
    const session = await openSession()
    expect(await session.account(call)).toEqual({
      id: '123456789012',
      region: 'eu-west-1',
      local: true,
    })
  })

  test('a whole life: preflight, prepare, create, find, restart, name, terminate, remove', async () => {
    const owner = newOwner()
    const session = await openSession({ machine: { ami, storage: 20 } })
    const preflight = await session.preflight(
      { owner, count: 2, policy, sshKeys: [], tags: {} },
      call,
    )
    expect(preflight.sharedCalls).toEqual(['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress'])
    expect(preflight.createCall).toBe('RunInstances')

    const zones = await session.zones(call)
    expect(zones.map(({ name }) => name)).toContain('eu-west-1a')

    const { shared } = await session.prepare(orderOf(owner), call)
    const again = await session.preflight({ owner, count: 2, policy, sshKeys: [], tags: {} }, call)
    expect(again.sharedCalls).toEqual([])
    expect(again.warnings).toEqual([])
    expect(await session.prepare(orderOf(owner), call)).toMatchObject({ shared })

    const batch = batchOf(owner, shared)
    const { machines, failure } = await session.create(batch, call)
    expect(failure).toBeUndefined()
    const ids = machines.map(({ id }) => id)
    expect(ids).toHaveLength(2)
    expect(machines.map(({ launchIndex }) => launchIndex)).toEqual([0, 1])

    const found = await session.find({ owner, order: batch.order }, call)
    expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    expect(found[0]).toMatchObject({
      state: 'running',
      zone: 'eu-west-1a',
      owner,
      order: batch.order,
      token: batch.token,
      type: 't3.small',
    })
    expect(found[0]?.publicAddress).toMatch(/^\d+\./)

    await session.restart?.(ids, call)
    await session.nameMachines?.([{ id: ids[0] ?? '', name: 'web-1' }], call)
    const [named] = await session.find({ ids: ids.slice(0, 1) }, call)
    expect(named?.name).toBe('web-1')

    await session.terminate(ids, call)
    const gone = await session.find({ ids }, call)
    expect(gone.every(({ state }) => state === 'gone' || state === 'going')).toBe(true)
    await session.removeShared(owner, call)
    await session.removeShared(owner, call)
    expect(await groupsOf(owner.grid, owner.master)).toEqual([])
  })

  test('machines get what was asked: tags, disk, metadata service, interface', async () => {
    const owner = newOwner()
    const session = await openSession({
      machine: { ami, storage: 44, associatePublicIpAddress: false, metadataHopLimit: 2 },
    })
    const { shared } = await session.prepare(orderOf(owner), call)
    const { machines } = await session.create(batchOf(owner, shared, { names: ['one'] }), call)
    const client = new EC2Client({})
    const id = machines[0]?.id ?? ''
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }))
    const instance = Reservations?.[0]?.Instances?.[0]
    expect(instance?.MetadataOptions).toMatchObject({
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 2,
      HttpEndpoint: 'enabled',
    })
    expect(instance?.PublicIpAddress).toBeUndefined()
    expect(instance?.Tags).toContainEqual({ Key: 'team', Value: 'blue "sky" é' })
    expect(instance?.Tags).toContainEqual({ Key: 'kontena:master', Value: owner.master })
    const { Volumes } = await client.send(
      new DescribeVolumesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [id] }] }),
    )
    expect(Volumes).toHaveLength(1)
    expect(Volumes?.[0]).toMatchObject({ Size: 44, VolumeType: 'gp3', Encrypted: true })
    expect(Volumes?.[0]?.Tags).toContainEqual({ Key: 'kontena:grid', Value: 'demo' })
    await session.terminate([id], call)
  })

  test('rules are only added, and wider ones are told', async () => {
    const owner = newOwner()
    const session = await openSession({ machine: { ami } })
    await session.prepare(orderOf(owner), call)
    const narrow = networkPolicy({ sshFrom: ['203.0.113.9/24'], vpnFrom: 'none' })
    const { warnings, sharedCalls } = await session.preflight(
      { owner, count: 1, policy: narrow, sshKeys: [], tags: {} },
      call,
    )
    expect(sharedCalls).toEqual(['AuthorizeSecurityGroupIngress'])
    expect(warnings[0]).toContain('tcp 80 from 0.0.0.0/0')
    await session.prepare(orderOf(owner, { policy: narrow }), call)
    const [group] = await groupsOf(owner.grid, owner.master)
    const ranges = group?.IpPermissions?.flatMap(({ FromPort, IpRanges }) =>
      FromPort === 22 ? (IpRanges ?? []).map(({ CidrIp }) => CidrIp) : [],
    )
    expect(ranges?.toSorted()).toEqual(['0.0.0.0/0', '203.0.113.0/24'])
    await session.removeShared(owner, call)
  })

  test('a public key is imported once, reused, and removed with the grid', async () => {
    const owner = newOwner()
    const file = join(await makeFolder(), 'id.pub')
    await writeFile(file, `${key}\n`)
    const session = await openSession({ machine: { ami, sshPublicKey: file } })
    const order = { owner, count: 1, policy, sshKeys: [], tags: {} }
    expect((await session.preflight(order, call)).sharedCalls).toContain('ImportKeyPair')
    const { shared } = await session.prepare(orderOf(owner), call)
    expect(shared).toMatchObject({ keyPair: expect.stringMatching(/^kontena-[0-9a-f]{8}$/) })
    expect((await session.preflight(order, call)).sharedCalls).toEqual([])
    const { machines } = await session.create(batchOf(owner, shared), call)
    await session.terminate(
      machines.map(({ id }) => id),
      call,
    )
    await session.removeShared(owner, call)
    expect((await session.preflight(order, call)).sharedCalls).toContain('ImportKeyPair')
  })

  test('names that do not exist are refused with what does', async () => {
    const owner = newOwner()
    const check = async (machine: Record<string, unknown>) => {
      const session = await openSession({ machine: { ami, ...machine } })
      return session.preflight({ owner, count: 1, policy, sshKeys: [], tags: {} }, call)
    }
    await expect(check({ type: 't3.smal' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('t3.small'),
    })
    await expect(check({ zone: 'eu-west-1z' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('eu-west-1a'),
    })
    await expect(check({ vpcId: 'vpc-00000000' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(check({ subnetId: 'subnet-00000000' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(check({ keyPair: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(check({ securityGroups: 'defalt' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('default'),
    })
    await expect(check({ ami: 'ami-00000000' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

async function groupsOf(grid: string, master: string) {
  const { SecurityGroups } = await new EC2Client({}).send(
    new DescribeSecurityGroupsCommand({
      Filters: [{ Name: 'group-name', Values: [`kontena-${grid}-${master.slice(0, 8)}`] }],
    }),
  )
  return SecurityGroups ?? []
}
