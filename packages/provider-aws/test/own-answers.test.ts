import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { requireOwnAnswer } from '../src/own-answers.ts'
import { answerUsualAccount } from './account-answers.ts'
import { type Ec2Stub, startEc2Stub } from './ec2-stub.ts'
import { batchOf, call, newOwner, openSession } from './orders.ts'

const shared = { securityGroups: ['sg-1'] }
let ec2: Ec2Stub

beforeEach(async () => {
  ec2 = await startEc2Stub()
  answerUsualAccount(ec2)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

test.each([
  ['a page of a gateway', '<html><body>Sign in</body></html>'],
  ['an empty body', ''],
  ['an answer to another action', '<DescribeRegionsResponse></DescribeRegionsResponse>'],
])('%s under status 200 does not say that nothing was made', async (_what, raw) => {
  ec2.answer('RunInstances', { raw, status: 200 })
  const session = await openSession()
  await expect(session.create(batchOf(newOwner(), shared), call)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('UnreadableAnswer'),
  })
})

test.each([200, 400])('a body without end under status %i is given up', async (status) => {
  const raw = `<DescribeInstancesResponse>${' '.repeat(33 * 1024 * 1024)}</DescribeInstancesResponse>`
  ec2.answer('DescribeInstances', { raw, status })
  const session = await openSession()
  await expect(session.find({ owner: newOwner() }, call)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  })
})

test('a body that comes drop by drop is given up in time', async () => {
  vi.useFakeTimers()
  const body = new Readable({ read: () => undefined })
  body.push('<DescribeInstancesResponse>')
  const read = requireOwnAnswer('DescribeInstancesCommand', { statusCode: 200, body })
  const failed = expect(read).rejects.toMatchObject({ name: 'UnreadableAnswer' })
  for (let drop = 0; drop < 31; drop++) {
    body.push(' ')
    await vi.advanceTimersByTimeAsync(1_000)
  }
  vi.useRealTimers()
  await failed
  expect(body.destroyed).toBe(true)
})

test('an empty body does not say that no machine is there', async () => {
  ec2.answer('DescribeInstances', { raw: '', status: 200 })
  const session = await openSession()
  await expect(session.find({ owner: newOwner() }, call)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  })
})
