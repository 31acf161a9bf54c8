import { type AccessToken, MasterError, openMasterClient } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { withFileLock } from '../file-lock.ts'
import { given } from '../options/given.ts'
import { version } from '../version.ts'
import { type ConfigServer, readConfig, updateConfig, updateServer } from './config.ts'

/** A master of the configuration whose login may be renewed. */
export interface RenewableLogin {
  /** Name of its entry. */
  readonly name: string
  readonly url: string
  readonly ca: string | undefined
}

/** Milliseconds that a renewal takes at most: a request, and writing down what came of it. */
const longestRenewal = 45_000

/** Milliseconds before its end at which a token is not worth using any more. */
const margin = 30_000

/**
 * Another access token than the one that was refused, got by the refresh token and kept in the
 * configuration; undefined where the login is over. A refresh token works once, so commands that renew the
 * same login at the same time wait for the first, and take what it got.
 */
export function renewLogin(
  context: Context,
  { name, url, ca }: RenewableLogin,
  refused: string | undefined,
): Promise<string | undefined> {
  const { configFile, signal } = context
  const lock = { longest: longestRenewal, signal }
  return withFileLock(`${configFile}.login`, lock, async () => {
    const entry = await findEntry(context, name)
    if (entry === undefined) return undefined
    const token = given(entry.token)
    if (token !== undefined && token !== refused && !isOver(entry)) return token
    const refreshToken = given(entry.refresh_token)
    if (refreshToken === undefined) return undefined
    // A configuration that cannot be written is better found out before the refresh token is spent.
    await updateConfig(configFile, (config) => config)
    try {
      const access = await openMasterClient({ url, ca, version }).refresh(refreshToken, signal)
      await updateServer(configFile, name, tokensOf(access))
      return access.access_token
    } catch (error) {
      if (!isRefused(error)) throw error
      return otherToken(context, name, { token, refreshToken })
    }
  })
}

/** What of an answer of the master an entry keeps. */
export function tokensOf(
  access: AccessToken,
): Pick<ConfigServer, 'token' | 'token_expires_at' | 'refresh_token'> {
  const seconds = access.expires_in
  return {
    token: access.access_token,
    token_expires_at: seconds == null ? 0 : Math.floor(Date.now() / 1000) + seconds,
    refresh_token: access.refresh_token ?? null,
  }
}

/** Whether an entry's token has ended, or is about to. */
export function isOver({ token_expires_at: end }: ConfigServer): boolean {
  return end != null && end !== 0 && end * 1000 < Date.now() + margin
}

/** A 1.5 command waits for nobody, and may have renewed the login in the meantime. */
async function otherToken(
  context: Context,
  name: string,
  used: { token: string | undefined; refreshToken: string },
): Promise<string | undefined> {
  const entry = await findEntry(context, name)
  const token = given(entry?.token)
  if (token !== used.token) return token
  // It will never be good again.
  await updateServer(context.configFile, name, { refresh_token: null })
  return undefined
}

async function findEntry({ configFile }: Context, name: string): Promise<ConfigServer | undefined> {
  return (await readConfig(configFile)).servers.find((server) => server.name === name)
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof MasterError &&
    ['not-found', 'invalid', 'unauthorized', 'forbidden'].includes(error.kind)
  )
}
