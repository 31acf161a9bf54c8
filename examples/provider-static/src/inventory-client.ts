import { type Call, ProvisionError, type RateBudget } from '@kontena/core'
import { z } from 'zod'
import { explain, unanswered } from './errors.ts'
import type { StaticAccess } from './options.ts'

const requestTimeout = 30_000
const refused = z.object({ error: z.string() })

export interface Question<Answer> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the site, as in `machines`. */
  readonly path: string
  readonly query?: Record<string, string>
  readonly body?: unknown
  /** A noun for messages, as in `machine m-7`. */
  readonly about: string
  readonly answer: z.ZodType<Answer>
}

export interface Inventory {
  readonly site: string
  readonly isLocal: boolean
  ask<Answer>(question: Question<Answer>, call: Call): Promise<Answer>
}

/** Asks one question per call: the kernel repeats what is safe to repeat. Wrong options reject the first. */
export function openInventory(access: StaticAccess, rate: RateBudget): () => Inventory {
  return () => {
    const base = parseUrl(required(access.url, 'url', 'STATIC_URL'))
    const site = required(access.site, 'site', 'STATIC_SITE')
    const headers = {
      authorization: `Bearer ${requireToken(access.token)}`,
      'content-type': 'application/json',
    }
    const ask: Inventory['ask'] = async ({ method, path, ...question }, { signal }) => {
      await rate.admit(signal)
      const url = new URL(`sites/${site}/${path}`, base)
      url.search = String(new URLSearchParams(question.query))
      const body = question.body === undefined ? null : JSON.stringify(question.body)
      try {
        const limited = AbortSignal.any([signal, AbortSignal.timeout(requestTimeout)])
        const response = await fetch(url, { method, headers, body, signal: limited })
        const text = await response.text()
        if (!response.ok) throw refusal(question.about, response, text)
        return question.answer.parse(JSON.parse(text))
      } catch (error) {
        if (signal.aborted || error instanceof ProvisionError) throw error
        throw unanswered(question.about, error)
      }
    }
    return { site, isLocal: isLoopback(base), ask }
  }
}

/** What comes from a gateway on the way holds no word of the inventory's. */
function refusal(about: string, { status, headers }: Response, text: string): ProvisionError {
  let error: string | undefined
  try {
    error = refused.parse(JSON.parse(text)).error
  } catch {
    // The status alone must do.
  }
  return explain({ about, status, error, retryAfter: headers.get('retry-after') })
}

function parseUrl(text: string): URL {
  const url = new URL(text)
  if (url.protocol === 'https:' || isLoopback(url)) return url
  throw new ProvisionError('BAD_OPTIONS', `--url ${url.origin} would send the token in clear`, {
    hint: 'write https:// in front of it',
  })
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost'
}

function requireToken(token: string | undefined): string {
  if (token !== undefined) return token
  throw new ProvisionError('NO_CREDENTIALS', 'no token for the inventory is set', {
    hint: 'give --token, or set STATIC_TOKEN',
  })
}

function required(value: string | undefined, flag: string, variable: string): string {
  if (value !== undefined) return value
  throw new ProvisionError('BAD_OPTIONS', `no ${flag} of the inventory is set`, {
    hint: `give --${flag}, or set ${variable}`,
  })
}
