import { ComputeManagementClient } from '@azure/arm-compute'
import { NetworkManagementClient } from '@azure/arm-network'
import { ResourceManagementClient } from '@azure/arm-resources'
import { SubscriptionClient } from '@azure/arm-resources-subscriptions'
import { DeploymentsClient } from '@azure/arm-resourcesdeployments'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/index.ts'
import { callProblems } from './call-problems.ts'
import { loadSpecs } from './specs.ts'

const specs = loadSpecs()

/** The real SDKs; each of their calls is held against what Azure publishes. */
export interface Opened {
  readonly sandbox: Sandbox
  readonly subscription: string
  readonly token: string
  readonly compute: ComputeManagementClient
  readonly network: NetworkManagementClient
  readonly resources: ResourceManagementClient
  readonly subscriptions: SubscriptionClient
  readonly deployments: DeploymentsClient
  /** Bodies with which calls were refused; the SDKs do not keep all that is in them. */
  readonly refusals: unknown[]
}

/** A sandbox for one test, with machines that boot in no time and a group called `grid`. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Opened> {
  const sandbox = await startSandbox({ bootTime: 20, agents: 'none', ...options })
  onTestFinished(() => sandbox.close())
  const opened = openClients(sandbox, await getToken(sandbox))
  await opened.resources.resourceGroups.createOrUpdate('grid', { location: 'westeurope' })
  return opened
}

export async function getToken(sandbox: Sandbox): Promise<string> {
  const { IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '' } = sandbox.environment()
  const query = 'resource=https%3A%2F%2Fmanagement.azure.com%2F&api-version=2019-08-01'
  const reply = await fetch(`${IDENTITY_ENDPOINT}?${query}`, {
    headers: { 'x-identity-header': IDENTITY_HEADER },
  })
  return z.object({ access_token: z.string() }).parse(await reply.json()).access_token
}

export function openClients(sandbox: Sandbox, token: string): Opened {
  const subscription = sandbox.environment().AZURE_SUBSCRIPTION_ID ?? ''
  // Its place in the pipeline is taken by a policy that does not insist on TLS.
  const credential = {
    getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
  }
  const options = {
    endpoint: sandbox.url,
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  }
  const clients = {
    compute: new ComputeManagementClient(credential, subscription, options),
    network: new NetworkManagementClient(credential, subscription, options),
    resources: new ResourceManagementClient(credential, subscription, options),
    subscriptions: new SubscriptionClient(credential, options),
    deployments: new DeploymentsClient(credential, subscription, options),
  }
  const refusals: unknown[] = []
  for (const { pipeline } of Object.values(clients)) prepare(pipeline, token, refusals)
  return { sandbox, subscription, token, refusals, ...clients }
}

function prepare(
  pipeline: ComputeManagementClient['pipeline'],
  token: string,
  refusals: unknown[],
): void {
  pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' })
  pipeline.addPolicy(
    {
      name: 'checkedCall',
      async sendRequest(request, next) {
        request.headers.set('authorization', `Bearer ${token}`)
        const response = await next(request)
        const reply = parse(response.bodyAsText)
        if (response.status >= 400) refusals.push(reply)
        check({
          method: request.method,
          url: request.url,
          request: parse(request.body),
          status: response.status,
          headers: response.headers.toJSON(),
          reply,
        })
        return response
      },
    },
    { afterPhase: 'Retry' },
  )
}

function check(call: Parameters<typeof callProblems>[1]): void {
  // A call that is refused may be wrong on purpose.
  const problems = specs === undefined ? [] : callProblems(specs, call)
  if (problems.length === 0) return
  throw new Error(`${call.method} ${call.url} is untrue:\n${problems.join('\n')}`)
}

function parse(body: unknown): unknown {
  return typeof body === 'string' && body !== '' ? JSON.parse(body) : undefined
}

/** A call of one's own making, for what no SDK would send. */
export async function send(
  { sandbox, token }: Pick<Opened, 'sandbox' | 'token'>,
  method: string,
  target: string,
  {
    body,
    headers = {},
  }: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
) {
  const reply = await fetch(`${sandbox.url}${target}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await reply.text()
  return { status: reply.status, headers: reply.headers, body: parse(text) }
}

const refused = z.object({ code: z.string(), statusCode: z.number(), message: z.string() })

/** How a call was refused; a call that was not, or that broke otherwise, fails the test. */
export async function refusal(call: Promise<unknown>) {
  try {
    await call
  } catch (error) {
    const parsed = refused.safeParse(error)
    if (parsed.success) return parsed.data
    throw error
  }
  throw new Error('the call was not refused')
}

export async function refusalCode(call: Promise<unknown>): Promise<string> {
  return (await refusal(call)).code
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}
