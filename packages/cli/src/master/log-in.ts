import { openMasterClient } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { type Credential, obtainAccess } from '../login/obtain-access.ts'
import { given } from '../options/given.ts'
import { isSameMaster } from '../options/master-url.ts'
import { printable } from '../output/printable.ts'
import { version } from '../version.ts'
import { addServer, type ConfigServer, updateConfig } from './config.ts'

export interface LogInOptions {
  url: string
  /** Name for the entry; the master's own where absent. */
  name: string | undefined
  ca: string | undefined
  credential: Credential
  grid: string | undefined
  selectFirstGrid: boolean
  silent: boolean
  /** Tell each step on stderr. */
  verbose?: boolean
}

/** Gets a token, checks it, keeps it and makes this master the current one. */
export async function logIn(context: Context, options: LogInOptions): Promise<void> {
  const { url, ca } = options
  const step = (text: string): void => {
    if (options.verbose) context.stderr.write(`${printable(text)}\n`)
  }
  step(`Getting a token of the master at ${url}`)
  const { tokens, serverName, isNew } = await obtainAccess(context, options)
  const entry: ConfigServer = {
    name: options.name ?? serverName ?? 'kontena-master',
    url,
    ...tokens,
    ...(ca === undefined ? {} : { ca }),
  }
  // The code is spent: its token is kept before anything else can fail.
  if (isNew) await keepEntry(context, entry, options, undefined)

  step(`Asking the master ${entry.name} who this is, and for its grids`)
  const client = openMasterClient({ url, ca, token: given(tokens.token), version })
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
  step(`Keeping the login in ${context.configFile}`)
  tell(context, await keepEntry(context, known, options, names), options.silent)
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
