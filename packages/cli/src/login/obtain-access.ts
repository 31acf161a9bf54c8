import { ProvisionError } from '@kontena/core'
import { type AccessToken, MasterError, openMasterClient } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { type ConfigServer, updateConfig } from '../master/config.ts'
import { tokensOf } from '../master/renew-login.ts'
import { version } from '../version.ts'
import { type BrowserLogin, codeFromBrowser, type LoginPlace } from './browser-login.ts'

/** What a login is proved with: a one-time code, a token that is there already, or a person in a browser. */
export type Credential =
  | { readonly code: string }
  | (Pick<ConfigServer, 'token_expires_at' | 'refresh_token'> & { readonly token: string })
  | { readonly invitation: string; readonly browser: BrowserLogin }
  | { readonly browser: BrowserLogin }

export interface Access {
  readonly tokens: Pick<ConfigServer, 'token' | 'token_expires_at' | 'refresh_token'>
  /** The master's own name for itself, where it told one. */
  readonly serverName: string | undefined
  /** Something was spent for it, and it is kept nowhere yet. */
  readonly isNew: boolean
}

/** Tokens of the master for this credential. Rejects with `BAD_CREDENTIALS` where it accepts none. */
export async function obtainAccess(
  context: Context,
  { url, ca, credential }: LoginPlace & { readonly credential: Credential },
): Promise<Access> {
  if ('token' in credential) {
    const { token, token_expires_at = 0, refresh_token = null } = credential
    return {
      tokens: { token, token_expires_at, refresh_token },
      serverName: undefined,
      isNew: false,
    }
  }
  // A configuration that cannot be written is better found out before anything is spent.
  await updateConfig(context.configFile, (config) => config)
  const access = await newAccess(context, { url, ca }, credential)
  return { tokens: tokensOf(access), serverName: access.server?.name ?? undefined, isNew: true }
}

async function newAccess(
  context: Context,
  place: LoginPlace,
  credential: Exclude<Credential, { token: string }>,
): Promise<AccessToken> {
  if ('code' in credential) return exchange(context, place, credential.code)
  if (!('invitation' in credential)) {
    return exchange(context, place, await codeFromBrowser(context, place, credential.browser))
  }
  const { invitation, browser } = credential
  // A master of ours without a provider takes the invitation for a code, and no browser is needed.
  const client = openMasterClient({ ...place, version })
  try {
    return await client.login(invitation, context.signal)
  } catch (error) {
    if (!(error instanceof MasterError) || !isRefusedCode(error)) throw error
    const code = await codeFromBrowser(context, place, { ...browser, invitation })
    return exchange(context, place, code)
  }
}

async function exchange(context: Context, place: LoginPlace, code: string): Promise<AccessToken> {
  try {
    return await openMasterClient({ ...place, version }).login(code, context.signal)
  } catch (error) {
    if (!(error instanceof MasterError) || !isRefusedCode(error)) throw error
    const message = `the master at ${place.url} does not accept this code`
    throw new ProvisionError('BAD_CREDENTIALS', message, {
      cause: error,
      hint: 'a code works once, and only for a while; is it typed right, and is this its master?',
    })
  }
}

/** An unknown, used or expired code is a 404 of 1.5; others say it in plainer ways. */
function isRefusedCode({ kind }: MasterError): boolean {
  return ['not-found', 'invalid', 'unauthorized', 'forbidden'].includes(kind)
}
