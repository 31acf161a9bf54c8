import { openRateBudget } from '@kontena/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openCloud } from '../src/clients.ts'
import { findImage } from '../src/images.ts'
import { answerUsualAccount, image, instanceType } from './account-answers.ts'
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

async function check(machine: Record<string, unknown> = {}) {
  const session = await openSession({ machine })
  return session.preflight({ owner: newOwner(), count: 1, policy, sshKeys: [], tags: {} }, call)
}

test('the newest image of the family is the one its publisher names', async () => {
  const { facts } = await check()
  expect(facts.image).toBe('ubuntu-noble (ami-0123, amd64)')
  expect(ec2.sent('DescribeImages')[0]).toMatchObject({ 'ImageId.1': 'ami-0123' })
})

test.each([
  ['the parameter is not there', { body: { Parameters: [] } }],
  ['the parameter may not be read', { error: 'AccessDeniedException' }],
])('where %s, the newest image of the publisher is taken', async (_, answer) => {
  ec2.answer('ssm:GetParameters', answer)
  ec2.answer('DescribeImages', {
    body: {
      imagesSet: [
        image({ imageId: 'ami-0bbb', creationDate: '2026-09-15T00:00:00.000Z' }),
        image({ imageId: 'ami-0aaa', creationDate: '2026-03-01T00:00:00.000Z' }),
      ],
    },
  })
  const { facts } = await check({ image: 'debian-13' })
  expect(facts.image).toContain('ami-0bbb')
  expect(ec2.sent('DescribeImages')[0]).toMatchObject({
    'Owner.1': '136693071363',
    'Filter.1.Value.1': 'debian-13-amd64-*',
  })
})

test.each([
  ['eu-west-1', '099720109477'],
  ['us-gov-west-1', '513442679011'],
  ['cn-north-1', '837727238323'],
])('in %s images of Ubuntu are those of its publisher there', async (region, owner) => {
  ec2.answer('ssm:GetParameters', { body: { Parameters: [] } })
  const wish = { ami: undefined, family: 'ubuntu-24.04', architecture: 'amd64' } as const
  const rate = openRateBudget({ title: 'AWS', emit: () => undefined })
  await findImage(openCloud({ region }, rate), wish, call)
  expect(ec2.sent('DescribeImages')[0]).toMatchObject({ 'Owner.1': owner })
})

test.each([
  ['eu-west-1', '075585003325'],
  ['cn-north-1', '306934455918'],
])(
  'in %s images of Flatcar are the newest of its publisher, without a parameter',
  async (region, owner) => {
    const wish = { ami: undefined, family: 'flatcar', architecture: 'amd64' } as const
    ec2.answer('DescribeImages', {
      body: { imagesSet: [image({ name: 'Flatcar-stable-4593.2.1-hvm' })] },
    })
    const rate = openRateBudget({ title: 'AWS', emit: () => undefined })
    const found = await findImage(openCloud({ region }, rate), wish, call)
    expect(found).toMatchObject({ name: 'Flatcar-stable-4593.2.1-hvm', format: 'ignition' })
    expect(ec2.sent('ssm:GetParameters')).toEqual([])
    expect(ec2.sent('DescribeImages')[0]).toMatchObject({
      'Owner.1': owner,
      'Filter.1.Value.1': 'Flatcar-stable-*-hvm',
      'Filter.2.Value.1': 'x86_64',
    })
  },
)

test.each([
  ['Flatcar-beta-4628.1.0-arm64-hvm', {}, 'ignition'],
  ['my-image', { image: 'flatcar' }, 'ignition'],
  ['my-image', {}, 'cloud-config'],
])('the image %s, given by its id with %j, reads %s', async (name, machine, format) => {
  ec2.answer('DescribeImages', { body: { imagesSet: [image({ name })] } })
  expect((await check({ ami: 'ami-0123', ...machine })).format).toBe(format)
})

test('wrong credentials are not taken for a missing parameter', async () => {
  ec2.answer('ssm:GetParameters', { error: 'UnrecognizedClientException' })
  await expect(check()).rejects.toMatchObject({ code: 'BAD_CREDENTIALS' })
})

test('a region without such images says what else to give', async () => {
  ec2.answer('ssm:GetParameters', { body: { Parameters: [] } })
  ec2.answer('DescribeImages', { body: { imagesSet: [] } })
  await expect(check()).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'this region has no amd64 image of ubuntu-24.04',
  })
})

test('the image follows the architecture of the type', async () => {
  ec2.answer('DescribeInstanceTypes', {
    body: { instanceTypeSet: [instanceType('t4g.small', ['arm64'])] },
  })
  ec2.answer('DescribeInstanceTypeOfferings', {
    body: { instanceTypeOfferingSet: [{ instanceType: 't4g.small', location: 'eu-west-1a' }] },
  })
  ec2.answer('ssm:GetParameters', { body: { Parameters: [] } })
  ec2.answer('DescribeImages', { body: { imagesSet: [image({ architecture: 'arm64' })] } })
  await check({ type: 't4g.small' })
  expect(ec2.sent('DescribeImages')[0]).toMatchObject({ 'Filter.2.Value.1': 'arm64' })
})

test.each([
  ['of another architecture', { architecture: 'arm64' }, 'image ami-0123 is for arm64 only'],
  ['without an EBS disk', { rootDeviceType: 'instance-store' }, 'has no EBS root disk'],
  ['that is not ready', { imageState: 'pending' }, 'image ami-0123 is pending'],
])('an image %s is refused', async (_, changes, message) => {
  ec2.answer('DescribeImages', { body: { imagesSet: [image(changes)] } })
  await expect(check({ ami: 'ami-0123' })).rejects.toMatchObject({
    code: 'BAD_OPTIONS',
    message: expect.stringContaining(message),
  })
})

test.each([
  ['does not exist', 'InvalidAMIID.NotFound'],
  ['another account keeps to itself', 'AuthFailure'],
])('an image that %s is named', async (_, error) => {
  ec2.answer('DescribeImages', { error })
  await expect(check({ ami: 'ami-0999' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('ami-0999'),
  })
})

test('a disk smaller than the image is refused with the least that does', async () => {
  ec2.answer('DescribeImages', {
    body: {
      imagesSet: [
        image({ blockDeviceMapping: [{ deviceName: '/dev/sda1', ebs: { volumeSize: 40 } }] }),
      ],
    },
  })
  await expect(check({ storage: 30 })).rejects.toMatchObject({
    code: 'BAD_OPTIONS',
    hint: 'use --storage 40 or more',
  })
})
