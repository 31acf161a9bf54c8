import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/index.ts'
import { openCheckedProxy } from '../checked-proxy.ts'
import { loadRecorded } from './recorded.ts'

export const recorded = loadRecorded()

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed; undefined where there is none. */
  readonly body: unknown
}

export interface Opened {
  readonly sandbox: Sandbox
  /** Calls the API under `/1.3/`; each exchange is held against what the vendor's own was seen to say. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>
  readonly url: string
  readonly token: string
}

/** A sandbox for one test, with servers that boot in no time. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Opened> {
  const sandbox = await startSandbox({ bootTime: 20, ...options })
  onTestFinished(() => sandbox.close())
  const url = await openCheckedProxy(sandbox, (exchange) => recorded?.problemsOf(exchange) ?? [])
  const token = sandbox.environment().UPCLOUD_TOKEN ?? ''
  return { sandbox, url, token, call: (...request) => send(url, `Bearer ${token}`, request) }
}

export async function send(
  url: string,
  authorization: string,
  [method, path, body]: readonly [method: string, path: string, body?: unknown],
): Promise<Answer> {
  const reply = await fetch(`${url}/1.3/${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await reply.text()
  const parsed: unknown = text === '' ? undefined : JSON.parse(text)
  const untrue = z.object({ id: z.literal('untrue'), message: z.string() }).safeParse(parsed)
  if (untrue.success) throw new Error(untrue.data.message)
  return { status: reply.status, headers: reply.headers, body: parsed }
}

const failure = z.object({
  error: z.object({ error_code: z.string(), error_message: z.string() }),
})

/** How a call was refused; one that was not fails the test. */
export async function refusal(call: Promise<Answer>) {
  const { status, body } = await call
  const { error } = failure.parse(body)
  return { status, code: error.error_code, message: error.error_message }
}

export async function refusalCode(call: Promise<Answer>): Promise<string> {
  return (await refusal(call)).code
}

export const ubuntu = '01000000-0000-4000-8000-000030240200'

/** The body of a create call in as few words as possible; `changes` go into its `server`. */
export function serverBody(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    server: {
      zone: 'fi-hel1',
      title: 'web-1',
      hostname: 'web-1',
      plan: '1xCPU-2GB',
      metadata: 'yes',
      login_user: { create_password: 'no', ssh_keys: { ssh_key: ['ssh-ed25519 AAAA me'] } },
      storage_devices: {
        storage_device: [{ action: 'clone', storage: ubuntu, title: 'web-1', size: 50 }],
      },
      ...changes,
    },
  }
}

const made = z.object({ server: z.object({ uuid: z.string() }) })

/** Makes a server and gives its UUID. */
export async function makeServer(
  { call }: Opened,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { body } = await call('POST', 'server', serverBody(changes))
  return made.parse(body).server.uuid
}
