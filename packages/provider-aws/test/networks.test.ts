import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { answerUsualAccount, subnet, vpc } from './account-answers.ts'
import { type Ec2Stub, startEc2Stub } from './ec2-stub.ts'
import { call, newOwner, openSession, policy } from './orders.ts'

let ec2: Ec2Stub

beforeEach(async () => {
  ec2 = await startEc2Stub()
  answerUsualAccount(ec2)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

async function check(machine: Record<string, unknown> = {}, count = 1) {
  const session = await openSession({ machine })
  return session.preflight({ owner: newOwner(), count, policy, sshKeys: [], tags: {} }, call)
}

async function zonesOf(machine: Record<string, unknown> = {}) {
  const session = await openSession({ machine })
  return (await session.zones(call)).map(({ name }) => name)
}

describe('zones', () => {
  test('are all of the default VPC', async () => {
    expect(await zonesOf()).toEqual(['eu-west-1a', 'eu-west-1b'])
  })

  test.each(['b', 'eu-west-1b'])('can be one, given as %s', async (zone) => {
    ec2.answer('DescribeSubnets', { body: { subnetSet: [subnet('b')] } })
    expect(await zonesOf({ zone })).toEqual(['eu-west-1b'])
    expect(ec2.sent('DescribeSubnets')[0]).toMatchObject({ 'Filter.3.Value.1': 'eu-west-1b' })
  })

  test('that do not exist are refused with those that do', async () => {
    await expect(zonesOf({ zone: 'z' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'zone eu-west-1z does not exist in eu-west-1',
      hint: 'there is eu-west-1a, eu-west-1b',
    })
  })

  test.each([
    ['a Local Zone', { availabilityZone: 'eu-west-1-lon-1a', defaultForAz: false }],
    ['an Outpost', { outpostArn: 'arn:aws:outposts:eu-west-1:123456789012:outpost/op-01' }],
    ['a subnet without IPv4', { ipv6Native: true, availableIpAddressCount: 0 }],
  ])('are only usual ones: %s must be named', async (_, changes) => {
    const special = subnet('c', changes)
    ec2.answer('DescribeInstanceTypeOfferings', {
      body: {
        instanceTypeOfferingSet: ['eu-west-1b', 'eu-west-1c', 'eu-west-1-lon-1a'].map(
          (location) => ({ instanceType: 't3.small', location }),
        ),
      },
    })
    ec2.answer('DescribeSubnets', { body: { subnetSet: [special, subnet('b')] } })
    expect(await zonesOf()).toEqual(['eu-west-1b'])
    ec2.answer('DescribeSubnets', { body: { subnetSet: [special] } })
    expect(await zonesOf({ subnetId: 'subnet-0c' })).toHaveLength(1)
  })

  test.each(['impaired', 'constrained'])(
    'that are %s may still take machines',
    async (zoneState) => {
      const zone = { zoneName: 'eu-west-1b', zoneState }
      ec2.answer('DescribeAvailabilityZones', { body: { availabilityZoneInfo: [zone] } })
      expect(await zonesOf({ zone: 'b' })).toContain('eu-west-1b')
    },
  )

  test('that are unavailable are refused', async () => {
    const zone = { zoneName: 'eu-west-1b', zoneState: 'unavailable' }
    ec2.answer('DescribeAvailabilityZones', { body: { availabilityZoneInfo: [zone] } })
    await expect(zonesOf({ zone: 'b' })).rejects.toMatchObject({ code: 'NO_CAPACITY' })
  })

  test('come from all pages of subnets', async () => {
    ec2.answer('DescribeSubnets', ({ parameters }) => ({
      body:
        parameters.NextToken === undefined
          ? { subnetSet: [subnet('b')], nextToken: 'more' }
          : { subnetSet: [subnet('a')], nextToken: '' },
    }))
    expect(await zonesOf()).toEqual(['eu-west-1a', 'eu-west-1b'])
  })
})

describe('a given VPC', () => {
  test('that does not exist is named', async () => {
    ec2.answer(
      'DescribeVpcs',
      { error: 'InvalidVpcID.NotFound' },
      { body: { vpcSet: [{ vpcId: vpc }, { vpcId: 'vpc-0998' }] } },
    )
    await expect(check({ vpcId: 'vpc-0999' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'VPC vpc-0999 does not exist in this region',
      hint: `there is vpc-0998, ${vpc}`,
    })
  })

  test('takes the only subnet of a zone, and leaves out a zone with several', async () => {
    const plain = { defaultForAz: false }
    ec2.answer('DescribeSubnets', {
      body: {
        subnetSet: [
          subnet('a', { ...plain, subnetId: 'subnet-01' }),
          subnet('a', { ...plain, subnetId: 'subnet-02' }),
          subnet('b', plain),
        ],
      },
    })
    const { facts, warnings } = await check({ vpcId: vpc })
    expect(facts.network).toBe(`${vpc}, zones eu-west-1b`)
    expect(warnings).toEqual(['left out for having several subnets: eu-west-1a'])
  })

  test('with several subnets everywhere asks which is meant', async () => {
    const plain = { defaultForAz: false }
    ec2.answer('DescribeSubnets', {
      body: {
        subnetSet: [
          subnet('a', { ...plain, subnetId: 'subnet-01' }),
          subnet('a', { ...plain, subnetId: 'subnet-02' }),
        ],
      },
    })
    await expect(check({ vpcId: vpc })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      hint: 'give --subnet-id with one of subnet-01, subnet-02',
    })
  })

  test('without a subnet is refused', async () => {
    ec2.answer('DescribeSubnets', { body: { subnetSet: [] } })
    await expect(check({ vpcId: vpc })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `there is no subnet in ${vpc}`,
    })
  })
})

describe('without a default VPC', () => {
  test('the only one is used, and told', async () => {
    ec2.answer('DescribeVpcs', { body: { vpcSet: [{ vpcId: vpc, isDefault: false }] } })
    const { warnings } = await check()
    expect(warnings).toEqual([`there is no default VPC: ${vpc}, the only one, is used`])
  })

  test('of several one must be chosen', async () => {
    ec2.answer('DescribeVpcs', { body: { vpcSet: [{ vpcId: 'vpc-01' }, { vpcId: 'vpc-02' }] } })
    await expect(check()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'give --subnet-id, or --vpc-id with one of vpc-01, vpc-02',
    })
  })
})

describe('a given subnet', () => {
  beforeEach(() => ec2.answer('DescribeSubnets', { body: { subnetSet: [subnet('a')] } }))

  test('fixes VPC and zone', async () => {
    expect(await zonesOf({ subnetId: 'subnet-0a' })).toEqual(['eu-west-1a'])
    expect(ec2.sent('DescribeVpcs')).toEqual([])
  })

  test('of another VPC is refused', async () => {
    await expect(check({ subnetId: 'subnet-0a', vpcId: 'vpc-0b' })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: `subnet subnet-0a is in ${vpc}, not in vpc-0b`,
    })
  })

  test('of another zone is refused', async () => {
    await expect(check({ subnetId: 'subnet-0a', zone: 'b' })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: 'subnet subnet-0a is in eu-west-1a, not in eu-west-1b',
    })
  })

  test('that does not exist is named', async () => {
    ec2.answer(
      'DescribeSubnets',
      { error: 'InvalidSubnetID.NotFound' },
      { body: { subnetSet: [subnet('b'), subnet('a')] } },
    )
    await expect(check({ subnetId: 'subnet-0f' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'subnet subnet-0f does not exist in this region',
      hint: 'there is subnet-0a, subnet-0b',
    })
    expect(ec2.sent('DescribeSubnets')[0]).not.toHaveProperty('MaxResults')
  })

  test('with too few free addresses is refused before anything is made', async () => {
    ec2.answer('DescribeSubnets', {
      body: { subnetSet: [subnet('a', { availableIpAddressCount: 2 })] },
    })
    await expect(check({ subnetId: 'subnet-0a' }, 3)).rejects.toMatchObject({
      code: 'NO_CAPACITY',
      message: '3 machines want more than the 2 free addresses of subnet-0a',
    })
  })
})
