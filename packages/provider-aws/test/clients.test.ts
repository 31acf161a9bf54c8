import { once } from 'node:events'
import { createServer } from 'node:http'
import { isFailure } from '@kontena/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { explain } from '../src/errors.ts'
import { type Ec2Stub, startEc2Stub } from './ec2-stub.ts'
import { call, openSession } from './orders.ts'

let ec2: Ec2Stub

beforeEach(async () => {
  ec2 = await startEc2Stub()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

describe('a call that is aborted', () => {
  test('before it was made rejects with the reason and asks nothing', async () => {
    const reason = new Error('enough')
    const session = await openSession()
    const aborted = session.find({ ids: ['i-1'] }, { signal: AbortSignal.abort(reason) })
    await expect(aborted).rejects.toBe(reason)
    expect(ec2.requests).toHaveLength(0)
  })

  test('while EC2 is silent rejects at once, and is no failure of ours', async () => {
    const controller = new AbortController()
    ec2.answer('DescribeInstances', () => {
      controller.abort()
      return { silence: true }
    })
    const session = await openSession()
    const error = await session
      .find({ ids: ['i-1'] }, { signal: controller.signal })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'AbortError' })
    expect(isFailure(error)).toBe(false)
  })
})

test('a request that takes too long may have happened', () => {
  const timeout = Object.assign(new Error('slow'), { name: 'TimeoutError', code: 'ETIMEDOUT' })
  const question = { action: 'ec2:RunInstances', about: '2 machines' }
  expect(explain(timeout, question)).toMatchObject({ code: 'UNAVAILABLE', cause: timeout })
})

test('an error that is none of the SDK stays what it is', () => {
  const bug = new TypeError('x is not a function')
  expect(explain(bug, { action: 'ec2:RunInstances', about: '2 machines' })).toBe(bug)
})

test('a session says nothing before it is asked', async () => {
  await openSession({ access: { region: 'eu-central-1' } })
  expect(ec2.requests).toHaveLength(0)
})

test('the region of the options wins over the environment', async () => {
  ec2.answer('DescribeSecurityGroups', {
    body: { securityGroupInfo: [{ groupId: 'sg-1', ownerId: '111122223333' }] },
  })
  const session = await openSession({ access: { region: 'eu-central-1' } })
  expect(await session.account(call)).toEqual({
    id: '111122223333',
    region: 'eu-central-1',
    local: true,
  })
})

test('goes through the proxy that the environment names', async () => {
  const asked: string[] = []
  const proxy = createServer().on('connect', ({ url }, socket) => {
    asked.push(url ?? '')
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  vi.stubEnv('AWS_ENDPOINT_URL_EC2', undefined)
  vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${address.port}`)
  vi.stubEnv('NO_PROXY', undefined)
  vi.stubEnv('https_proxy', undefined)
  vi.stubEnv('no_proxy', undefined)
  try {
    const session = await openSession()
    await expect(session.find({ ids: ['i-1'] }, call)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('ERR_PROXY_TUNNEL'),
      hint: expect.stringContaining('HTTPS_PROXY'),
    })
    expect(asked).toEqual(['ec2.eu-west-1.amazonaws.com:443'])
  } finally {
    proxy.close()
  }
})

test('what the SDK warns of is not printed', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.stubEnv('AWS_PROFILE', 'work')
  const session = await openSession()
  await expect(session.account(call)).rejects.toMatchObject({ code: 'NO_CREDENTIALS' })
  expect(warn).not.toHaveBeenCalled()
})
