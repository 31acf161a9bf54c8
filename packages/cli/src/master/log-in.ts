import { ProvisionError } from '@kontena/core'
import {
  type AccessToken,
  type MasterClient,
  MasterError,
  openMasterClient,
} from '@kontena/protocol'
import type { Context } from '../context.ts'
import { isSameMaster } from '../options/master-url.ts'
import { printable } from '../output/printable.ts'
import { version } from '../version.ts'
import { addServer, type ConfigServer, updateConfig } from './config.ts'

/** A one-time code to exchange, or a token that is there already. */
export type Credential = { readonly code: string } | { readonly token: string }

export interface LogInOptions {
  url: string
  /** Name for the entry; the master's own where absent. */
  name: string | undefined
  ca: string | undefined
  credential: Credential
  grid: string | undefined
  selectFirstGrid: boolean
  silent: boolean
}

/** Gets a token, checks it, keeps it and makes this master the current one. */
export async function logIn(context: Context, options: LogInOptions): Promise<void> {
  const { url, ca } = options
  const access = await accessOf(context, options)
  const entry: ConfigServer = {
    name: options.name ?? access.server?.name ?? 'kontena-master',
    url,
    token: access.access_token,
    token_expires_at: expiryOf(access),
    refresh_token: access.refresh_token ?? null,
    ...(ca === undefined ? {} : { ca }),
  }
  // The code is spent: its token is kept before anything else can fail.
  if ('code' in options.credential) await keepEntry(context, entry, options, undefined)

  const client = openMasterClient({ url, ca, token: access.access_token, version })
  const [user, info, grids] = await Promise.all([
    client.user(context.signal),
    client.info(context.signal),
    client.grids(context.signal),
  ])
  const known = {
    ...entry,
    username: user.email,
    ...(info.uuid === undefined ? {} : { uuid: info.uuid }),
  }
  const names = grids.map((grid) => grid.name)
  tell(context, await keepEntry(context, known, options, names), options.silent)
}

async function accessOf(context: Context, options: LogInOptions): Promise<AccessToken> {
  const { url, ca, credential } = options
  if ('token' in credential) return { access_token: credential.token }
  // A configuration that cannot be written is better found out before the code is spent.
  await updateConfig(context.configFile, (config) => config)
  return exchange(openMasterClient({ url, ca, version }), credential.code, url, context.signal)
}

async function exchange(
  client: MasterClient,
  code: string,
  url: string,
  signal: AbortSignal,
): Promise<AccessToken> {
  try {
    return await client.login(code, signal)
  } catch (error) {
    if (!(error instanceof MasterError) || !isRefusedCode(error)) throw error
    throw new ProvisionError('BAD_CREDENTIALS', `the master at ${url} does not accept this code`, {
      cause: error,
      hint: 'a code works once, and only for a while; is it typed right, and is this its master?',
    })
  }
}

/** An unknown, used or expired code is a 404 of 1.5; others say it in plainer ways. */
function isRefusedCode({ kind }: MasterError): boolean {
  return ['not-found', 'invalid', 'unauthorized', 'forbidden'].includes(kind)
}

/** Unix seconds; 0 means never. */
function expiryOf({ expires_in: seconds }: AccessToken): number {
  return seconds == null ? 0 : Math.floor(Date.now() / 1000) + seconds
}

/**
 * A master that is known by its name (if one was given) or its URL keeps its place and its grid.
 * The grids are those of the master, or undefined while they are not known.
 */
async function keepEntry(
  context: Context,
  entry: ConfigServer,
  options: LogInOptions,
  grids: readonly string[] | undefined,
): Promise<ConfigServer> {
  let kept = entry
  await updateConfig(context.configFile, (config) => {
    const known = config.servers.find((server) =>
      options.name === undefined
        ? isSameMaster(server.url, entry.url)
        : server.name === options.name,
    )
    const grid = chooseGrid(options, known?.grid, grids)
    if (known === undefined) {
      const [added, server] = addServer(config, { ...entry, grid })
      kept = server
      return { ...added, current_server: server.name }
    }
    kept = { ...known, ...entry, name: known.name, grid }
    const servers = config.servers.map((server) => (server === known ? kept : server))
    return { ...config, servers, current_server: kept.name }
  })
  return kept
}

function chooseGrid(
  options: LogInOptions,
  known: string | null | undefined,
  grids: readonly string[] | undefined,
): string | null {
  if (grids === undefined) return known ?? null
  if (options.grid !== undefined) return options.grid
  if (known && grids.includes(known)) return known
  return options.selectFirstGrid ? (grids[0] ?? null) : null
}

function tell(context: Context, entry: ConfigServer, silent: boolean): void {
  const { name, url, username, grid } = entry
  if (context.json) context.printJson({ name, url, user: username, grid })
  if (context.json || silent) return
  const { cyan } = context.style
  context.say(
    `Authenticated to Kontena Master ${cyan(printable(name))} at ${cyan(url)} as ${cyan(printable(username ?? ''))}`,
  )
  if (grid) context.say(`Using grid: ${cyan(printable(grid))}`)
}
