import type { FailureCode } from '../errors.ts'
import type { Condition } from './conditions.ts'
import type { SeenRequest, Strike } from './fault-proxy.ts'
import type { Words } from './subject.ts'

/** Something that goes wrong with one request on its way. */
export interface Fault {
  /** As in `the connection is reset before the cloud acts`. */
  readonly name: string
  /** Whether the cloud has done what it was asked, which the caller does not learn. */
  readonly commits: boolean
  /** What a provider must make of it, where the request mattered. */
  readonly codes: readonly FailureCode[]
  /** Also strikes requests that only read, when orders run from end to end. */
  readonly inOrders: 'all' | 'changes' | 'none'
  strike(words: Words): Strike
  readonly needs?: Condition
  /** Strikes requests too whose answers are read as those of others. */
  readonly inRepeats?: boolean
  /** Cases that the fault would not change are left out, and those in which it is the same as another. */
  fits?(clean: SeenRequest): boolean
}

/** Stands in pages that the kit sends, and must never reach a person. */
export const marker = 'kit-gateway-page'
const page = `<!doctype html><html><head><title>Gateway</title></head><body><h1>${marker}</h1></body></html>`
const html = { 'content-type': 'text/html' }
/** Seconds that a throttling cloud asks to wait, longer than any backoff of the kernel's. */
export const retryAfter = 37
/** Milliseconds after which a silent connection breaks by itself. */
const longestSilence = 300_000

const lost = { codes: ['UNAVAILABLE'], inOrders: 'all' } as const
const throttled = { codes: ['RATE_LIMITED'], commits: false } as const

/** Faults of the way, and of a cloud in trouble. */
export const faults: readonly Fault[] = [
  {
    ...lost,
    name: 'the connection is reset before the cloud acts',
    inRepeats: true,
    commits: false,
    strike: () => ({ commits: false }),
  },
  {
    ...lost,
    name: 'the connection is reset after the cloud has acted',
    inRepeats: true,
    commits: true,
    inOrders: 'changes',
    strike: () => ({ commits: true }),
    fits: doesSomething,
  },
  {
    ...lost,
    name: 'the cloud acts and no answer ever comes',
    commits: true,
    inOrders: 'changes',
    strike: () => ({ commits: true, silence: longestSilence }),
  },
  {
    ...throttled,
    name: 'the cloud takes no more requests and says for how long',
    inRepeats: true,
    needs: 'retry-after',
    inOrders: 'none',
    strike: (words) => ({
      commits: false,
      answer: (request) => words.throttled(request, retryAfter),
    }),
  },
  {
    ...throttled,
    name: 'the cloud takes no more requests',
    inOrders: 'changes',
    strike: (words) => ({
      commits: false,
      answer: (request) => words.throttled(request, undefined),
    }),
  },
  {
    ...lost,
    name: 'the cloud fails before it acts',
    commits: false,
    inOrders: 'none',
    strike: (words) => ({ commits: false, answer: (request) => words.broken(request) }),
  },
  {
    ...lost,
    name: 'the cloud fails after it has acted',
    commits: true,
    inOrders: 'changes',
    strike: (words) => ({ commits: true, answer: (request) => words.broken(request) }),
    fits: doesSomething,
  },
  {
    ...lost,
    name: 'a gateway answers 503 with a page',
    commits: false,
    inOrders: 'none',
    strike: () => ({ commits: false, answer: () => ({ status: 503, headers: html, body: page }) }),
  },
  {
    ...lost,
    name: 'a gateway answers 404 with a page',
    inRepeats: true,
    commits: false,
    inOrders: 'none',
    strike: () => ({ commits: false, answer: () => ({ status: 404, headers: html, body: page }) }),
  },
  {
    ...lost,
    name: 'a gateway answers 200 with a page',
    commits: true,
    inOrders: 'none',
    strike: () => ({ commits: true, answer: () => ({ status: 200, headers: html, body: page }) }),
    fits: hasBody,
  },
  {
    ...lost,
    name: 'the answer is malformed',
    commits: true,
    inOrders: 'none',
    strike: () => ({
      commits: true,
      answer: (_request, answer) => ({ ...okay(answer), body: `{"${marker}": [<` }),
    }),
    fits: hasBody,
  },
  {
    ...lost,
    name: 'the answer is cut off',
    commits: true,
    inOrders: 'none',
    strike: () => ({
      commits: true,
      answer: (_request, answer) => ({
        ...okay(answer),
        cut: Math.floor((answer?.body.length ?? 0) / 2),
      }),
    }),
    fits: hasBody,
  },
  {
    ...lost,
    name: 'the answer is empty',
    inRepeats: true,
    commits: true,
    inOrders: 'changes',
    strike: () => ({
      commits: true,
      answer: (_request, answer) => ({ ...okay(answer), body: '' }),
    }),
    fits: hasBody,
  },
]

/** Before and after are one and the same where nothing happens in between. */
function doesSomething({ kind }: SeenRequest): boolean {
  return kind.changes
}

function hasBody({ answer }: SeenRequest): boolean {
  return answer !== undefined && answer.body !== '' && answer.status < 300
}

function okay(answer: { status: number; body: string } | undefined) {
  return answer ?? { status: 200, body: '' }
}
