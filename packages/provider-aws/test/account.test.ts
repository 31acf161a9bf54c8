import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findAccount } from '../src/account.ts'
import type { Cloud } from '../src/clients.ts'
import { explain } from '../src/errors.ts'
import { answerUsualAccount } from './account-answers.ts'
import { type Ec2Stub, startEc2Stub } from './ec2-stub.ts'
import { call, openSession } from './orders.ts'

let ec2: Ec2Stub

beforeEach(async () => {
  ec2 = await startEc2Stub()
  answerUsualAccount(ec2)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

test('the account is asked for once', async () => {
  const session = await openSession()
  expect(await session.account(call)).toMatchObject({ id: '123456789012', region: 'eu-west-1' })
  await session.account(call)
  expect(ec2.requests).toHaveLength(1)
})

test('a failure is not remembered', async () => {
  ec2.answer(
    'DescribeSecurityGroups',
    { error: 'RequestLimitExceeded', status: 503 },
    { body: { securityGroupInfo: [{ ownerId: '1' }] } },
  )
  const session = await openSession()
  await expect(session.account(call)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  expect((await session.account(call)).id).toBe('1')
})

test('a region without any network is told with the way out', async () => {
  ec2.answer('DescribeSecurityGroups', { body: { securityGroupInfo: [] } })
  const session = await openSession()
  await expect(session.account(call)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'region eu-west-1 has no VPC in this account',
  })
})

test('an account without a VPC of its own, as where one is shared, is known by its credentials', async () => {
  ec2.answer('DescribeSecurityGroups', { body: { securityGroupInfo: [] } })
  vi.stubEnv('AWS_ACCOUNT_ID', '210987654321')
  const session = await openSession()
  expect(await session.account(call)).toMatchObject({ id: '210987654321', region: 'eu-west-1' })
})

test('a region whose host nobody knows is named', async () => {
  const question = { action: 'ec2:DescribeSecurityGroups', about: 'the AWS account' }
  const unknown = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })
  const cloud: Cloud = {
    ec2: () => Promise.reject(explain(unknown, question)),
    ssm: () => Promise.reject(unknown),
    region: async () => 'eu-west-9',
    accountId: async () => undefined,
    host: () => undefined,
  }
  await expect(findAccount(cloud, call)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'region eu-west-9 has no EC2 address',
    hint: 'check --region, and that this computer is online',
  })
})

test('a region that takes no credentials is named, as it may not be enabled', async () => {
  ec2.answer('DescribeSecurityGroups', { error: 'AuthFailure', status: 401 })
  const session = await openSession()
  await expect(session.account(call)).rejects.toMatchObject({
    code: 'BAD_CREDENTIALS',
    message: 'AWS does not accept these credentials in region eu-west-1',
  })
})

test('an empty region in the environment is no region', async () => {
  vi.stubEnv('AWS_REGION', '')
  const session = await openSession()
  await expect(session.account(call)).rejects.toMatchObject({
    code: 'BAD_OPTIONS',
    message: 'no usable AWS region is set',
  })
})
