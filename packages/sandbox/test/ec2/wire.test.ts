import { DescribeInstancesCommand, type EC2Client } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { openSandbox, refusal, run } from './open.ts'

/** Sends a form of one's own making under the SDK's signature. */
function sendForm(ec2: EC2Client, form: Record<string, string>) {
  ec2.middlewareStack.add(
    (next) => (given) => {
      const body = new URLSearchParams({ Version: '2016-11-15', ...form }).toString()
      const request: unknown = given.request
      if (typeof request === 'object' && request !== null) {
        Reflect.set(request, 'body', body)
        const headers: unknown = Reflect.get(request, 'headers')
        if (typeof headers === 'object' && headers !== null) {
          Reflect.set(headers, 'content-length', String(Buffer.byteLength(body)))
        }
      }
      return next(given)
    },
    { step: 'build', priority: 'low' },
  )
  return ec2.send(new DescribeInstancesCommand({}))
}

describe('a form', () => {
  test.each([
    ['an action of its own', { Action: 'MakeCoffee' }, 'InvalidAction', 'MakeCoffee'],
    ['no action', {}, 'InvalidAction', ''],
    [
      'a name of its own',
      { Action: 'DescribeInstances', Colour: 'blue' },
      'UnknownParameter',
      'The parameter Colour is not recognized',
    ],
    [
      'a name of its own deep inside',
      { Action: 'DescribeInstances', 'Filter.1.Name': 'vpc-id', 'Filter.1.Values.1': 'x' },
      'UnknownParameter',
      'The parameter Filter.1.Values is not recognized',
    ],
    [
      'too little',
      { Action: 'GetConsoleOutput' },
      'MissingParameter',
      'The request must contain the parameter InstanceId',
    ],
    [
      'no number where one belongs',
      { Action: 'DescribeInstances', MaxResults: 'ten' },
      'InvalidParameterValue',
      'MaxResults',
    ],
    [
      'a name that means something in JavaScript',
      { Action: 'DescribeInstances', '__proto__.polluted': 'yes' },
      'UnknownParameter',
      '__proto__',
    ],
  ])('with %s is refused', async (_what, form, code, message) => {
    const { ec2 } = await openSandbox()
    const refused = await refusal(sendForm(ec2, form))
    expect(refused).toMatchObject({ code, status: 400 })
    expect(refused.message).toContain(message)
  })
  test('may number its lists with gaps, and in any order', async () => {
    const { ec2, sandbox } = await openSandbox()
    const { ids } = await run(ec2, { MinCount: 2 })
    const form = { 'InstanceId.12': ids[1] ?? '', 'InstanceId.3': ids[0] ?? '' }
    await sendForm(ec2, { Action: 'TerminateInstances', ...form }).catch(() => {})
    expect(sandbox.ec2.instances().map(({ state }) => state)).toEqual([
      'shutting-down',
      'shutting-down',
    ])
  })
})
