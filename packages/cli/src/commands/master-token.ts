import { ProvisionError } from '@kontena/core'
import { MasterError, type TokenInfo } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { ofUser } from '../master/find-on-master.ts'
import { openMasterSession } from '../master/master-session.ts'
import { given } from '../options/given.ts'
import { parseSeconds } from '../options/seconds.ts'
import { type Outline, outlineLines } from '../output/outline.ts'
import { printTable } from '../output/print-table.ts'
import { spin } from '../output/spinner.ts'

/** Tokens and codes of the caller, without their secrets. */
export async function listTokens(options: { quiet?: boolean }, context: Context): Promise<void> {
  const { client } = await openMasterSession(context)
  const tokens = await client.tokens(context.signal)
  if (context.json) return context.printJson(tokens)
  printTable(
    context,
    {
      headings: ['ID', 'TYPE', 'LAST4', 'EXPIRES IN', 'SCOPES', 'DESCRIPTION'],
      rows: tokens.map((token) => [
        token.id,
        typeOf(token),
        token.access_token_last_four ?? '',
        expiryOf(token),
        token.scopes ?? '',
        token.description ?? '',
      ]),
    },
    options.quiet ? { names: tokens.map(({ id }) => id) } : undefined,
  )
}

export interface TokenCreateFlags {
  scopes?: string
  expiresIn?: string
  code?: boolean
  user?: string
  description?: string
  id?: boolean
  token?: boolean
}

/** Makes a token, or a one-time code for one. Its secret shows now and never again. */
export async function createToken(options: TokenCreateFlags, context: Context): Promise<void> {
  const wanted = {
    scope: parseScopes(given(options.scopes) ?? 'user'),
    expires_in: parseSeconds(options.expiresIn, '--expires-in'),
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.description === undefined ? {} : { description: options.description }),
  }
  const { client } = await openMasterSession(context)
  const make = async () =>
    options.code === true
      ? await client.createCode(wanted, context.signal)
      : await client.createToken(wanted, context.signal)
  const made = await (options.user === undefined ? make() : ofUser(options.user, make))
  const secret = 'code' in made ? made.code : made.access_token
  if (context.json) return context.printJson(made)
  if (options.id) return context.print(made.id ?? '')
  if (options.token) return context.print(secret)
  const secrets: Outline =
    'code' in made
      ? { code: made.code }
      : { access_token: made.access_token, refresh_token: made.refresh_token ?? undefined }
  show(context, { ...made, id: made.id ?? 'code' }, secrets)
}

/** A token by its id. */
export async function showToken(options: { id: string }, context: Context): Promise<void> {
  const { client } = await openMasterSession(context)
  const token = await found(options.id, () => client.token(options.id, context.signal))
  if (context.json) return context.printJson(token)
  show(context, token)
}

/** The token that commands work with. */
export async function showCurrentToken(
  options: { id?: boolean; token?: boolean },
  context: Context,
): Promise<void> {
  const session = await openMasterSession(context)
  const token = await session.client.token('current', context.signal)
  if (options.id) return context.print(token.id)
  // It may have been renewed by that request.
  const { token: secret } = options.token ? await openMasterSession(context) : session
  if (options.token && secret !== undefined) return context.print(secret)
  if (context.json) return context.printJson(token)
  show(context, token)
}

/** Ends tokens, with what renews them. */
export async function removeTokens(
  options: { ids: readonly string[]; force?: boolean },
  context: Context,
): Promise<void> {
  const { client } = await openMasterSession(context)
  const ids = [...new Set(options.ids)]
  for (const id of ids) {
    await context.confirm(id, { force: options.force === true })
    await spin(context, `Removing token ${id}`, () =>
      found(id, () => client.removeToken(id, context.signal)),
    )
  }
  if (context.json) context.printJson({ removed: ids })
}

function show(context: Context, token: TokenInfo, secrets: Outline = {}): void {
  const facts: Outline = {
    token_type: typeOf(token),
    scopes: token.scopes ?? undefined,
    description: given(token.description),
    user: token.user?.email,
    ...secrets,
    access_token_last_four: token.access_token_last_four ?? undefined,
    expires_in: 'code' in secrets ? undefined : expiryOf(token),
  }
  for (const line of outlineLines({ [token.id]: facts })) context.print(line)
}

function parseScopes(text: string): string {
  const isKnown = (scope: string): boolean => ['user', 'owner'].includes(scope.trim())
  if (text.split(',').every(isKnown)) return text
  throw new ProvisionError('BAD_OPTIONS', `--scopes ${text}: must be user or owner`, {
    hint: 'or both, with a comma: --scopes user,owner',
  })
}

async function found<T>(id: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof MasterError) || error.kind !== 'not-found') throw error
    throw new ProvisionError('NOT_FOUND', `there is no token with the id ${id}`, {
      cause: error,
      hint: 'kontena master token list',
    })
  }
}

function typeOf(token: TokenInfo): string {
  return token.token_type ?? token.grant_type ?? 'authorization_code'
}

/** Seconds, as 1.5 showed them. */
function expiryOf({ expires_in: seconds }: TokenInfo): string {
  if (seconds == null) return 'never'
  return seconds > 0 ? String(seconds) : 'expired'
}
