import { MasterError, openMasterClient } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { type ConfigServer, readConfig, updateServer } from '../master/config.ts'
import { currentName } from '../master/master-session.ts'
import { given } from '../options/given.ts'
import { printable } from '../output/printable.ts'
import { version } from '../version.ts'

/**
 * Ends the login to a master and forgets it. A token that never expires was perhaps given to others too, and
 * is only forgotten.
 */
export async function logOut(options: { all?: boolean }, context: Context): Promise<void> {
  const config = await readConfig(context.configFile)
  const current = currentName(config, context)
  const entries = config.servers.filter(
    ({ name, token }) => given(token) !== undefined && (options.all || name === current),
  )
  for (const entry of entries) {
    await endLogin(entry, context)
    const tokens = { token: null, token_expires_at: null, refresh_token: null }
    await updateServer(context.configFile, entry.name, tokens)
    if (!context.json) context.say(`Logged out of ${context.style.cyan(printable(entry.name))}`)
  }
  if (context.json) context.printJson({ logged_out: entries.map(({ name }) => name) })
  else if (entries.length === 0) context.warn('There is no login to end', 'kontena master list')
}

async function endLogin(entry: ConfigServer, context: Context): Promise<void> {
  const { name, url } = entry
  const token = given(entry.token)
  const refreshToken = given(entry.refresh_token)
  if (token === undefined || refreshToken === undefined) {
    context.warn(
      `The token of ${name} never expires, and is only forgotten here`,
      'one that nobody needs is ended by: kontena master token remove ID',
    )
    return
  }
  try {
    await endTokens(entry, { token, refreshToken }, context)
  } catch (error) {
    if (!(error instanceof MasterError)) throw error
    context.warn(`The master at ${url} was not told: ${error.message}`)
  }
}

async function endTokens(
  { url, ca: pinned }: ConfigServer,
  { token, refreshToken }: { token: string; refreshToken: string },
  context: Context,
): Promise<void> {
  const ca = pinned ?? undefined
  const { signal } = context
  const refresh = () => openMasterClient({ url, ca, version }).refresh(refreshToken, signal)
  try {
    await openMasterClient({ url, ca, token, version }).removeToken('current', signal)
  } catch (error) {
    const kind = error instanceof MasterError ? error.kind : undefined
    if (kind !== 'not-found' && kind !== 'unauthorized') throw error
    // A token that has ended, or a master of 1.5: what a refresh gives is forgotten, and the old one is spent.
    const renewed = await refresh().catch((failure: unknown) => {
      if (failure instanceof MasterError && failure.status !== undefined) return undefined
      throw failure
    })
    if (renewed === undefined) return
    const client = openMasterClient({ url, ca, token: renewed.access_token, version })
    await client.removeToken('current', signal).catch(() => undefined)
  }
}
