import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { answerUsualAccount, instanceType } from './account-answers.ts'
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

async function check(machine: Record<string, unknown>) {
  const session = await openSession({ machine })
  return session.preflight({ owner: newOwner(), count: 1, policy, sshKeys: [], tags: {} }, call)
}

test('an unknown type is refused with the nearest that exist, from all pages', async () => {
  const page = (type: string) => ({
    instanceTypeOfferingSet: [{ instanceType: type, location: 'eu-west-1a' }],
  })
  ec2.answer('DescribeInstanceTypes', { body: { instanceTypeSet: [] } })
  ec2.answer('DescribeInstanceTypeOfferings', ({ parameters }) => {
    if (parameters['Filter.1.Name'] !== undefined) return { body: {} }
    return parameters.NextToken === 'more'
      ? { body: page('t3.large') }
      : { body: { ...page('m7i.24xlarge'), nextToken: 'more' } }
  })
  await expect(check({ type: 't3.larg' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'instance type t3.larg does not exist here',
    hint: 'there is t3.large, m7i.24xlarge',
  })
})

test('a type that no zone of the network offers names the zones that do', async () => {
  ec2.answer('DescribeInstanceTypeOfferings', {
    body: { instanceTypeOfferingSet: [{ instanceType: 't3.small', location: 'eu-west-1c' }] },
  })
  await expect(check({})).rejects.toMatchObject({
    code: 'BAD_OPTIONS',
    message: 'instance type t3.small is not offered in eu-west-1a, eu-west-1b',
    hint: expect.stringContaining('eu-west-1c'),
  })
})

test('a type for macOS is refused', async () => {
  ec2.answer('DescribeInstanceTypes', {
    body: { instanceTypeSet: [instanceType('mac2.metal', ['arm64_mac'])] },
  })
  await expect(check({ type: 'mac2.metal' })).rejects.toMatchObject({ code: 'BAD_OPTIONS' })
})

test('zones are those that have a subnet and offer the type', async () => {
  ec2.answer('DescribeInstanceTypeOfferings', {
    body: {
      instanceTypeOfferingSet: ['b', 'c'].map((letter) => ({
        instanceType: 't3.small',
        location: `eu-west-1${letter}`,
      })),
    },
  })
  const session = await openSession()
  expect(await session.zones(call)).toEqual([{ name: 'eu-west-1b' }])
})
