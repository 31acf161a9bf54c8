import { Agent } from 'node:https'
import { EC2Client } from '@aws-sdk/client-ec2'
import { SSMClient } from '@aws-sdk/client-ssm'
import { type Call, ProvisionError, type RateBudget, rejectOnAbort } from '@kontena/core'
import { explain } from './errors.ts'
import type { Question } from './explanations.ts'
import type { AwsAccess } from './options.ts'
import { requireOwnAnswer } from './own-answers.ts'

/** What the SDK takes beside a command. */
export interface SendOptions {
  readonly abortSignal: AbortSignal
}

/** Asks AWS one question; what fails comes back as a `ProvisionError`, an abort as it is. */
export interface Cloud {
  ec2<Answer>(
    question: Question & Call,
    send: (client: EC2Client, options: SendOptions) => Promise<Answer>,
  ): Promise<Answer>
  ssm<Answer>(
    question: Question & Call,
    send: (client: SSMClient, options: SendOptions) => Promise<Answer>,
  ): Promise<Answer>
  /** As the flag, the environment or the profile says. */
  region(): Promise<string>
  /** Account of the credentials, where they come with it: SSO and assumed roles do, plain keys do not. */
  accountId(): Promise<string | undefined>
  /** Host that answered for EC2 last; undefined before the first question. */
  host(): string | undefined
}

/** Clients are made on first use, so that wrong options reject a call and not the opening. */
export function openCloud(access: AwsAccess, rate: RateBudget): Cloud {
  let host: string | undefined
  let ec2: EC2Client | undefined
  let ssm: SSMClient | undefined

  const openEc2 = (): EC2Client => {
    const client = new EC2Client(clientConfig(access))
    client.middlewareStack.add(
      (next) => (args) => {
        host = hostOf(args.request) ?? host
        return next(args)
      },
      { step: 'finalizeRequest', name: 'rememberHost' },
    )
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const result = await next(args)
          await requireOwnAnswer(commandName, result.response)
          return result
        },
      { step: 'deserialize', priority: 'low', name: 'requireOwnAnswer' },
    )
    return client
  }

  const ask = async <Answer>(
    question: Question & Call,
    send: (options: SendOptions) => Promise<Answer>,
  ): Promise<Answer> => {
    try {
      await rate.admit(question.signal)
      // The SDK looks for credentials without the signal.
      return await rejectOnAbort(send({ abortSignal: question.signal }), question.signal)
    } catch (error) {
      throw question.signal.aborted ? error : explain(error, question, access.profile)
    }
  }

  return {
    ec2: (question, send) =>
      ask(question, async (options) => {
        ec2 ??= openEc2()
        return await send(ec2, options)
      }),
    ssm: (question, send) =>
      ask(question, async (options) => {
        ssm ??= new SSMClient(clientConfig(access))
        return await send(ssm, options)
      }),
    region: async () => {
      ec2 ??= openEc2()
      return await ec2.config.region()
    },
    accountId: async () => {
      ec2 ??= openEc2()
      return (await ec2.config.credentials()).accountId
    },
    host: () => host,
  }
}

/**
 * One attempt per call: the kernel knows what is safe to repeat, and the SDK would repeat a capacity
 * error at once, as it arrives with status 500. The SDK's own default is to wait without end.
 */
function clientConfig(access: AwsAccess) {
  return {
    region: access.region,
    profile: access.profile,
    credentials: staticCredentials(access),
    maxAttempts: 1,
    logger: silent,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
      httpsAgent: proxiedAgent(),
    },
  }
}

/** HTTPS_PROXY and NO_PROXY count as for other AWS tools; the SDK's own agent knows nothing of them. */
function proxiedAgent(): Agent {
  // Node 22.21 and later; missing in its type declarations.
  const options = { keepAlive: true, maxSockets: 50, proxyEnv: process.env }
  return new Agent(options)
}

/** Without a logger of ours the SDK writes its warnings to the console. */
const say = (): void => {}
const silent = { trace: say, debug: say, info: say, warn: say, error: say }

function staticCredentials({ accessKey, secretKey }: AwsAccess) {
  if (accessKey === undefined && secretKey === undefined) return undefined
  if (accessKey === undefined || secretKey === undefined) {
    const missing = accessKey === undefined ? '--access-key' : '--secret-key'
    throw new ProvisionError('BAD_OPTIONS', `${missing} is missing`, {
      hint: 'give both keys, or neither and a --profile',
    })
  }
  if (accessKey.startsWith('ASIA')) {
    throw new ProvisionError('BAD_OPTIONS', '--access-key is temporary and needs a session token', {
      hint: 'export AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN instead',
    })
  }
  return { accessKeyId: accessKey, secretAccessKey: secretKey }
}

function hostOf(request: unknown): string | undefined {
  const isRequest = typeof request === 'object' && request !== null && 'hostname' in request
  return isRequest && typeof request.hostname === 'string' ? request.hostname : undefined
}
