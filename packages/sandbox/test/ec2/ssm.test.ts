import { DescribeImagesCommand } from '@aws-sdk/client-ec2'
import { GetParameterCommand, GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, test } from 'vitest'
import type { Sandbox } from '../../src/index.ts'
import { jsonProblems, loadModel } from './model.ts'
import { openSandbox, readBody, ubuntu } from './open.ts'

function openSsmClient(sandbox: Sandbox, secret?: string): SSMClient {
  const variables = sandbox.environment()
  const client = new SSMClient({
    region: 'eu-west-1',
    endpoint: variables.AWS_ENDPOINT_URL_SSM ?? '',
    maxAttempts: 1,
    credentials: {
      accessKeyId: variables.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: secret ?? variables.AWS_SECRET_ACCESS_KEY ?? '',
    },
  })
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (given) => {
        const result = await next(given)
        const request: unknown = Reflect.get(given.request ?? {}, 'body')
        await checkCall(commandName.replace(/Command$/, ''), request, result.response)
        return result
      },
    { step: 'deserialize', priority: 'low' },
  )
  return client
}

const model = loadModel('ssm/service-2.trimmed.json')

async function checkCall(action: string, request: unknown, response: unknown): Promise<void> {
  if (model === undefined || typeof response !== 'object' || response === null) return
  const text = await readBody(response)
  if (Reflect.get(response, 'statusCode') !== 200) return
  expect(jsonProblems(model, `${action}Request`, JSON.parse(textOf(request)))).toEqual([])
  expect(jsonProblems(model, `${action}Result`, JSON.parse(text))).toEqual([])
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body)
}

const ubuntuName =
  '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id'

describe('parameters', () => {
  test('name the newest image of a system', async () => {
    const { sandbox } = await openSandbox()
    const ssm = openSsmClient(sandbox)
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: ubuntuName }))
    expect(Parameter).toMatchObject({ Value: ubuntu, Type: 'String' })
  })
  test('are there for every system and architecture, and name images that exist', async () => {
    const { sandbox, ec2 } = await openSandbox()
    const ssm = openSsmClient(sandbox)
    const Names = ['amd64', 'arm64'].flatMap((architecture) => [
      ...['12', '13'].map((it) => `/aws/service/debian/release/${it}/latest/${architecture}`),
      ...['22.04', '24.04'].map((it) =>
        ubuntuName.replace('24.04', it).replace('amd64', architecture),
      ),
    ])
    const found = await ssm.send(new GetParametersCommand({ Names: [...Names, '/nothing'] }))
    expect(found.Parameters).toHaveLength(8)
    expect(found.InvalidParameters).toEqual(['/nothing'])
    const ImageIds = found.Parameters?.map(({ Value = '' }) => Value)
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds }))
    expect(Images).toHaveLength(8)
  })
  test('that are unknown are not found', async () => {
    const { sandbox } = await openSandbox()
    const call = openSsmClient(sandbox).send(new GetParameterCommand({ Name: '/nothing' }))
    await expect(call).rejects.toMatchObject({ name: 'ParameterNotFound' })
  })
  test('are not for callers with a wrong secret', async () => {
    const { sandbox } = await openSandbox()
    const call = openSsmClient(sandbox, 'wrong').send(new GetParameterCommand({ Name: ubuntuName }))
    await expect(call).rejects.toMatchObject({ name: 'InvalidSignatureException' })
  })
  test.each([
    ['throttle', 'ThrottlingException'],
    ['unauthorized', 'AccessDeniedException'],
  ] as const)('can be made to fail: %s', async (kind, name) => {
    const { sandbox } = await openSandbox()
    sandbox.faults.add({ kind, action: 'GetParameter', times: 1 })
    const ssm = openSsmClient(sandbox)
    const get = () => ssm.send(new GetParameterCommand({ Name: ubuntuName }))
    await expect(get()).rejects.toMatchObject({ name })
    expect((await get()).Parameter?.Value).toBe(ubuntu)
    expect(sandbox.calls.all()).toMatchObject([
      { action: 'GetParameter', region: 'eu-west-1', status: 400, code: name },
      { action: 'GetParameter', status: 200 },
    ])
  })
})
