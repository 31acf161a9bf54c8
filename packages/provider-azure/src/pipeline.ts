import { AsyncLocalStorage } from 'node:async_hooks'
import type { ComputeManagementClientOptionalParams } from '@azure/arm-compute'
import type { TokenCredential } from '@azure/identity'
import { longestAnswer, type RateBudget } from '@kontena/core'
import { readRefusal, unreadable } from './arm-error.ts'
import type { ArmEndpoint } from './endpoint.ts'

/** Every SDK client here is made with the same options. */
export type ClientOptions = ComputeManagementClientOptionalParams
type Policies = NonNullable<ClientOptions['additionalPolicies']>
type Policy = Policies[number]['policy']

/**
 * The signal of the call that a request is made for. The SDKs give it to the first request of a list
 * only, and to none of the further pages.
 */
const signals = new AsyncLocalStorage<AbortSignal>()

/** Runs what makes requests on behalf of a call, all of which end with it. */
export function onBehalfOf<Answer>(
  signal: AbortSignal,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  return signals.run(signal, ask)
}

/** Requests of one kind that are under way at the same time: well below what ARM lets through each second. */
export const requestsAtOnce = 8
/** Milliseconds after which an answer no longer counts; the SDK's own default is to wait without end. */
const requestTimeout = 60_000

/** One attempt per request: the kernel knows what is safe to repeat. */
export function clientOptions(
  endpoint: ArmEndpoint,
  { credential, rate }: { credential: TokenCredential; rate: RateBudget },
): ClientOptions {
  const policies: Policy[] = [border(rate, endpoint)]
  if (endpoint.isPlainHttp) policies.push(bearerOverHttp(credential, endpoint.scope))
  return {
    endpoint: endpoint.url,
    credentials: { scopes: [endpoint.scope] },
    retryOptions: { maxRetries: 0 },
    allowInsecureConnection: endpoint.isPlainHttp,
    additionalPolicies: policies.map((policy) => ({ policy, position: 'perCall' })),
  }
}

/** The SDK's own policy, which refuses plain http also on loopback. */
export const sdkBearerPolicy = 'bearerTokenAuthenticationPolicy'

/**
 * Waits for the budget, learns from the answer, and makes an error of every refusal. An answer may say where
 * its next page is; another host does not get the token that the SDK would send there.
 */
function border(rate: RateBudget, endpoint: ArmEndpoint): Policy {
  return {
    name: 'kontenaBorder',
    async sendRequest(request, next) {
      if (!isWithin(request.url, endpoint)) throw unreadable(200)
      const signal = signals.getStore()
      if (signal !== undefined) {
        request.abortSignal ??= signal
        await rate.admit(signal)
      }
      if (request.timeout === 0) request.timeout = requestTimeout
      request.onDownloadProgress = ({ loadedBytes }) => {
        if (loadedBytes > longestAnswer) throw unreadable(200)
      }
      const response = await next(request)
      learn(rate, response.headers)
      const { status, bodyAsText: body } = response
      if (status >= 400) {
        throw readRefusal({ status, body, retryAfter: response.headers.get('retry-after') })
      }
      if (!isAnswer(request.method, status, body)) throw unreadable(status)
      return response
    },
  }
}

/** The endpoint itself or, encrypted, a regional one below its name. */
function isWithin(address: string, endpoint: ArmEndpoint): boolean {
  const [url, own] = [URL.parse(address), new URL(endpoint.url)]
  if (url === null) return false
  return (
    url.origin === own.origin ||
    (url.protocol === 'https:' && url.host.endsWith(`.${own.host}`) && !endpoint.isLoopback)
  )
}

/** Something between here and ARM may answer with a page of its own, or with nothing. */
function isAnswer(method: string, status: number, body: string | null | undefined): boolean {
  if (!body) return status !== 200 && status !== 201 ? true : /^(DELETE|POST|HEAD)$/.test(method)
  try {
    const read: unknown = JSON.parse(body)
    return typeof read === 'object' && read !== null
  } catch {
    return false
  }
}

/**
 * ARM counts reads, writes and deletes in buckets of their own, into which so many come back each second
 * ("Request limits and throttling" in its documentation).
 */
const refills = { reads: 25, writes: 10, deletes: 10 } as const

/** An empty bucket has room for the next request as soon as one has come back. */
function learn(rate: RateBudget, headers: { get(name: string): string | undefined }): void {
  for (const [kind, perSecond] of Object.entries(refills)) {
    const left = headers.get(`x-ms-ratelimit-remaining-subscription-${kind}`)
    if (left === undefined || !/^\d+$/.test(left)) continue
    rate.learn({ remaining: Number(left), resetAt: Date.now() + 1_000 / perSecond })
  }
}

function bearerOverHttp(credential: TokenCredential, scope: string): Policy {
  return {
    name: 'kontenaBearer',
    async sendRequest(request, next) {
      const token = await credential.getToken(scope)
      if (token !== null) request.headers.set('authorization', `Bearer ${token.token}`)
      return await next(request)
    },
  }
}
