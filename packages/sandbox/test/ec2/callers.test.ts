import { DescribeRegionsCommand } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { openClient, openSandbox, refusal } from './open.ts'

describe('a caller', () => {
  test.each([
    ['a wrong secret', { secret: 'wrong' }, 'AuthFailure', 401],
    ['an unknown key', { keyId: 'AKIAUNKNOWN' }, 'AuthFailure', 401],
    ['an expired session', { token: 'expired' }, 'RequestExpired', 400],
    ['a session of somebody else', { token: 'theirs' }, 'AuthFailure', 401],
    ['a region that does not exist', { region: 'eu-west-9' }, 'AuthFailure', 401],
  ])('with %s is refused', async (_what, options, code, status) => {
    const { sandbox } = await openSandbox()
    const client = openClient(sandbox, options)
    expect(await refusal(client.send(new DescribeRegionsCommand({})))).toMatchObject({
      code,
      status,
    })
  })
  test('without a signature is refused', async () => {
    const { sandbox } = await openSandbox()
    const body = new URLSearchParams({ Action: 'DescribeRegions', Version: '2016-11-15' })
    const reply = await fetch(sandbox.url, { method: 'POST', body })
    expect(reply.status).toBe(401)
    expect(await reply.text()).toMatch(
      /^<\?xml.*\n<Response><Errors><Error><Code>AuthFailure<\/Code><Message>AWS was not able to validate the provided access credentials<\/Message><\/Error><\/Errors><RequestID>[0-9a-f-]+<\/RequestID><\/Response>$/,
    )
  })
  test('whose clock is wrong is refused', async () => {
    const { sandbox } = await openSandbox()
    const client = openClient(sandbox)
    client.config.systemClockOffset = -16 * 60_000
    expect((await refusal(client.send(new DescribeRegionsCommand({})))).code).toBe('RequestExpired')
  })
})
