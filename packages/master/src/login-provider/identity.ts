import { z } from 'zod'
import { askProvider, ProviderFailure } from './fetch-json.ts'
import { textAt } from './json-path.ts'
import type { ProviderSettings } from './settings.ts'

/** Who somebody is at the login provider. */
export interface Identity {
  readonly id: string
  readonly email: string | undefined
  readonly name: string | undefined
}

/** What the provider's answer to a login is exchanged with. */
export interface ProviderGrant {
  readonly code: string
  /** The secret of PKCE (RFC 7636). */
  readonly verifier: string
  readonly callback: string
}

const tokenAnswer = z.object({ access_token: z.string().min(1).max(8_192) })
const unverified = z.object({ email_verified: z.union([z.literal(false), z.literal('false')]) })

/** Asks the provider who logged in. Rejects with {@link ProviderFailure}. */
export async function identify(
  settings: ProviderSettings,
  grant: ProviderGrant,
): Promise<Identity> {
  const token = await exchangeCode(settings, grant)
  const basic = settings.userinfoNeedsBasicAuth
  const answer = await askProvider(
    'user',
    // As APIs want it that check a token of anybody for the client that it was made for.
    settings.userinfoEndpoint.replaceAll(':access_token', encodeURIComponent(token)),
    {
      method: 'GET',
      headers: { authorization: basic ? basicCredentials(settings) : `Bearer ${token}` },
    },
  )
  const id = textAt(answer, settings.paths.id)
  if (id === undefined) {
    throw new ProviderFailure(`The login provider tells no id of the user at ${settings.paths.id}`)
  }
  // An address that the provider has not checked may be anybody's.
  const isUnverified = unverified.safeParse(answer).success
  return {
    id,
    email: isUnverified ? undefined : textAt(answer, settings.paths.email)?.toLowerCase(),
    name: textAt(answer, settings.paths.name),
  }
}

async function exchangeCode(settings: ProviderSettings, grant: ProviderGrant): Promise<string> {
  const { tokenEndpoint, tokenMethod, sendsJson, codeNeedsBasicAuth } = settings
  const fields = {
    grant_type: 'authorization_code',
    code: grant.code,
    redirect_uri: grant.callback,
    code_verifier: grant.verifier,
    ...(codeNeedsBasicAuth
      ? {}
      : { client_id: settings.clientId, client_secret: settings.clientSecret }),
  }
  const headers: Record<string, string> = codeNeedsBasicAuth
    ? { authorization: basicCredentials(settings) }
    : {}
  const answer =
    tokenMethod === 'get'
      ? await askProvider('token', withQuery(tokenEndpoint, fields), { method: 'GET', headers })
      : await askProvider('token', tokenEndpoint, {
          method: 'POST',
          headers: {
            ...headers,
            'content-type': sendsJson ? 'application/json' : 'application/x-www-form-urlencoded',
          },
          body: sendsJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString(),
        })
  const parsed = tokenAnswer.safeParse(answer)
  if (parsed.success) return parsed.data.access_token
  throw new ProviderFailure('The login provider gave no access token')
}

/** The URL with these parameters beside those that it has. */
export function withQuery(url: string, fields: Readonly<Record<string, string>>): string {
  const whole = new URL(url)
  for (const [name, value] of Object.entries(fields)) whole.searchParams.set(name, value)
  return whole.href
}

function basicCredentials({ clientId, clientSecret }: ProviderSettings): string {
  // RFC 6749, section 2.3.1: both are form-encoded before they are joined.
  const encoded = [clientId, clientSecret].map(encodeURIComponent).join(':')
  return `Basic ${Buffer.from(encoded).toString('base64')}`
}
