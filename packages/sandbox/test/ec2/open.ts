import { Readable } from 'node:stream'
import {
  EC2Client,
  EC2ServiceException,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2'
import { onTestFinished } from 'vitest'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/index.ts'
import { loadModel, refusalProblems, replyProblems, requestProblems } from './model.ts'

const model = loadModel()

export interface Opened {
  readonly sandbox: Sandbox
  /** The real SDK; each of its calls is held against EC2's model. */
  readonly ec2: EC2Client
}

/** A sandbox for one test, with machines that boot in no time. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Opened> {
  const sandbox = await startSandbox({ bootTime: 20, ...options })
  onTestFinished(() => sandbox.close())
  return { sandbox, ec2: openClient(sandbox) }
}

export interface ClientOptions {
  readonly region?: string
  readonly secret?: string
  readonly keyId?: string
  readonly token?: string
}

export function openClient(sandbox: Sandbox, options: ClientOptions = {}): EC2Client {
  const variables = sandbox.environment()
  const client = new EC2Client({
    region: options.region ?? 'eu-west-1',
    endpoint: sandbox.url,
    maxAttempts: 1,
    credentials: {
      accessKeyId: options.keyId ?? variables.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: options.secret ?? variables.AWS_SECRET_ACCESS_KEY ?? '',
      ...(options.token === undefined ? {} : { sessionToken: options.token }),
    },
  })
  client.middlewareStack.add(
    (next) => async (given) => {
      const result = await next(given)
      const request: unknown = Reflect.get(given.request ?? {}, 'body')
      if (typeof request === 'string') await checkCall(request, result.response)
      return result
    },
    { step: 'deserialize', priority: 'low' },
  )
  return client
}

/** How a call was refused; a call that was not, or that broke otherwise, fails the test. */
export async function refusal(call: Promise<unknown>) {
  try {
    await call
  } catch (error) {
    if (!(error instanceof EC2ServiceException)) throw error
    return { code: error.name, status: error.$metadata.httpStatusCode, message: error.message }
  }
  throw new Error('the call was not refused')
}

export async function refusalCode(call: Promise<unknown>): Promise<string> {
  return (await refusal(call)).code
}

/** The newest Ubuntu for amd64 in eu-west-1. */
export const ubuntu = 'ami-068d6ec5eb76a840b'

/** Starts instances with as few words as possible. */
export async function run(ec2: EC2Client, input: Partial<RunInstancesCommandInput> = {}) {
  const reply = await ec2.send(
    new RunInstancesCommand({
      ImageId: ubuntu,
      InstanceType: 't3.small',
      MinCount: 1,
      MaxCount: input.MinCount ?? 1,
      ...input,
    }),
  )
  const instances = reply.Instances ?? []
  return { reply, instances, ids: instances.map(({ InstanceId }) => InstanceId ?? '') }
}

async function checkCall(request: string, response: unknown): Promise<void> {
  if (model === undefined || typeof response !== 'object' || response === null) return
  const text = await readBody(response)
  const action = new URLSearchParams(request).get('Action') ?? ''
  const status: unknown = Reflect.get(response, 'statusCode')
  // A call that is refused may be wrong on purpose; a dry run is refused for being right.
  const problems = [
    ...(status === 200 || status === 412 ? requestProblems(model, request) : []),
    ...(status === 200 ? replyProblems(model, action, text) : refusalProblems(text)),
  ]
  if (problems.length > 0) throw new Error(`${action} is untrue:\n${problems.join('\n')}`)
}

/** Reads a reply and leaves it readable for the SDK. */
export async function readBody(response: object): Promise<string> {
  const body: unknown = Reflect.get(response, 'body')
  if (!(body instanceof Readable)) return ''
  const text = Buffer.concat(await body.toArray()).toString('utf8')
  Reflect.set(response, 'body', Readable.from([Buffer.from(text)]))
  return text
}
