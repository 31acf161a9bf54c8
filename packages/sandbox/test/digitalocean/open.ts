import { createApiClient } from 'dots-wrapper'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/index.ts'
import { openCheckedProxy } from '../checked-proxy.ts'
import { exchangeProblems, loadOpenApi } from './openapi.ts'

const api = loadOpenApi()

export type Client = ReturnType<typeof createApiClient>

export interface Opened {
  readonly sandbox: Sandbox
  /** The public client; each of its calls is held against the vendor's OpenAPI document. */
  readonly client: Client
  /** What the client has no words for: a path under `/v2/`. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>
  /** The API's root, on the way that is checked. */
  readonly url: string
  readonly token: string
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** A sandbox for one test, with droplets that boot in no time. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Opened> {
  const sandbox = await startSandbox({ bootTime: 20, ...options })
  onTestFinished(() => sandbox.close())
  const proxy = await openCheckedProxy(sandbox, (exchange) =>
    api === undefined ? [] : exchangeProblems(api, exchange),
  )
  const token = sandbox.environment().DIGITALOCEAN_ACCESS_TOKEN ?? ''
  const url = `${proxy}/v2`
  const client = createApiClient({ token, endpoint: url })
  return { sandbox, client, url, token, call: (...request) => send(url, token, request) }
}

async function send(
  url: string,
  token: string,
  [method, path, body]: readonly [method: string, path: string, body?: unknown],
): Promise<Answer> {
  const reply = await fetch(`${url}/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await reply.text()
  const parsed: unknown = text === '' ? undefined : JSON.parse(text)
  const untrue = z.object({ id: z.literal('untrue'), message: z.string() }).safeParse(parsed)
  if (untrue.success) throw new Error(untrue.data.message)
  return { status: reply.status, headers: reply.headers, body: parsed }
}

const failure = z.object({
  response: z.object({
    status: z.number(),
    data: z.object({ id: z.string(), message: z.string() }),
    headers: z.looseObject({}),
  }),
})

/** How a call was refused; a call that was not, or that broke otherwise, fails the test. */
export async function refusal(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error === undefined) throw new Error('the call was not refused')
  const parsed = failure.safeParse(error)
  if (!parsed.success) throw error
  const { status, data, headers } = parsed.data.response
  if (data.id === 'untrue') throw new Error(data.message)
  return { status, id: data.id, message: data.message, headers }
}

/** The text alone, which is all that tells most refusals apart. */
export async function refusalText(call: Promise<unknown>): Promise<string> {
  return (await refusal(call)).message
}

/** A droplet in as few words as possible. */
export const small = { region: 'fra1', size: 's-1vcpu-1gb', image: 'ubuntu-24-04-x64' } as const

/** A key as people have them. */
export const publicKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGEgcHVibGljIGtleSBvZiB0aGlydHktdHdvIGJ5dGVz me@example.com'
