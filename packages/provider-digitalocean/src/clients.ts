import { type Call, ProvisionError, type RateBudget } from '@kontena/core'
import { z } from 'zod'
import { ApiError } from './api-error.ts'
import { findToken } from './credentials.ts'
import type { getAccount } from './dots.ts'
import { type Endpoint, findEndpoint } from './endpoint.ts'
import { explain } from './errors.ts'
import type { Question } from './explanations.ts'
import type { DigitalOceanAccess } from './options.ts'
import { type ApiRequest, send } from './transport.ts'

/** What each function of dots-wrapper is first given. */
export type Context = Parameters<typeof getAccount>[0]

/** Asks DigitalOcean one question; what fails comes back as a `ProvisionError`, an abort as it is. */
export interface Cloud {
  ask<Answer>(
    question: Question & Call,
    answer: z.ZodType<Answer>,
    send: (context: Context) => Promise<{ data: unknown }>,
  ): Promise<Answer>
  /** As the flag or the environment says; throws `BAD_OPTIONS` where neither does. */
  region(): string
  endpoint(): Endpoint
}

/** Endpoint and token are looked up on first use, so that wrong options reject a call and not the opening. */
export function openCloud(access: DigitalOceanAccess, rate: RateBudget): Cloud {
  const endpoint = (): Endpoint => findEndpoint(process.env.DIGITALOCEAN_API_URL)
  let token: string | undefined
  return {
    ask: async (question, answer, make) => {
      try {
        question.signal.throwIfAborted()
        token ??= await findToken(access, question)
        const options = { endpoint: endpoint(), rate, token }
        const context = openContext(options.endpoint, (request) => send(options, request, question))
        const { data } = await make(context)
        return readAnswer(answer, data)
      } catch (error) {
        throw question.signal.aborted ? question.signal.reason : explain(error, question)
      }
    },
    region: () => {
      if (access.region !== undefined) return access.region
      throw new ProvisionError('BAD_OPTIONS', 'no region is set', {
        hint: 'give --region, as in --region fra1, or set DIGITALOCEAN_REGION',
      })
    },
    endpoint,
  }
}

const callable = z.custom<unknown>((value) => typeof value === 'function')

/** The wrapper asks for a whole axios and uses these five functions of it. */
const httpClient = z.custom<Context['httpClient']>(
  (value) =>
    z
      .object({ get: callable, post: callable, put: callable, patch: callable, delete: callable })
      .safeParse(value).success,
)

interface WrapperConfig {
  readonly params?: Readonly<Record<string, unknown>>
  readonly data?: unknown
}

/**
 * The wrapper's own transport puts the token into its errors, and knows neither signals nor rates; this
 * one sends the same requests.
 */
function openContext(
  { url }: Endpoint,
  answer: (request: ApiRequest) => Promise<unknown>,
): Context {
  const exchange = async (request: ApiRequest) => ({ data: await answer(request) })
  const withBody =
    (method: ApiRequest['method']) =>
    (path: string, body: unknown, { params: query = {} }: WrapperConfig = {}) =>
      exchange({ method, path, query, body })
  return {
    endpoint: url,
    httpClient: httpClient.parse({
      get: (path: string, { params: query = {} }: WrapperConfig = {}) =>
        exchange({ method: 'GET', path, query }),
      post: withBody('POST'),
      put: withBody('PUT'),
      patch: withBody('PATCH'),
      delete: (path: string, { params: query = {}, data: body }: WrapperConfig = {}) =>
        exchange({ method: 'DELETE', path, query, body }),
    }),
  }
}

/** An answer that makes no sense may come from anything between here and DigitalOcean. */
function readAnswer<Answer>(schema: z.ZodType<Answer>, data: unknown): Answer {
  const read = schema.safeParse(data)
  if (read.success) return read.data
  const where = read.error.issues[0]?.path.join('.') || 'the whole'
  throw new ApiError(`the answer is not as expected at ${where}`, { status: 200 })
}
