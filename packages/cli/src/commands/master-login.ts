import { ProvisionError } from '@kontena/core'
import { MasterError, openMasterClient } from '@kontena/protocol'
import type { Context } from '../context.ts'
import type { BrowserLogin } from '../login/browser-login.ts'
import type { Credential } from '../login/obtain-access.ts'
import { fetchPinnedAuthority, readAuthority } from '../master/authority.ts'
import { type Config, type ConfigServer, readConfig } from '../master/config.ts'
import { logIn } from '../master/log-in.ts'
import { isOver, renewLogin } from '../master/renew-login.ts'
import { given } from '../options/given.ts'
import { isSameMaster, parseMasterUrl } from '../options/master-url.ts'
import { readTextFile } from '../options/read-text-file.ts'
import { parseSeconds } from '../options/seconds.ts'
import { version } from '../version.ts'

export interface LoginFlags {
  code?: string
  token?: string
  join?: string
  name?: string
  remote?: boolean
  expiresIn?: string
  force?: boolean
  caSha256?: string
  ca?: string
  grid?: string
  skipGridAutoSelect?: boolean
  silent?: boolean
  verbose?: boolean
}

/** Logs in with a code, a token, an invitation or a browser, or selects a master that was logged in to before. */
export async function login(
  options: LoginFlags & { url: string | undefined },
  context: Context,
): Promise<void> {
  const config = await readConfig(context.configFile)
  const { wanted, known } = findMaster(options.url, config, context)
  const url = parseMasterUrl(known?.url ?? wanted)
  const entry = known ?? config.servers.find((server) => isSameMaster(server.url, url))
  const ca = (await authorityOf(options, url, context)) ?? entry?.ca ?? undefined
  await logIn(context, {
    url,
    name: given(options.name) ?? given(context.env.KONTENA_MASTER) ?? known?.name,
    ca,
    credential: await credentialOf(options, { entry, url, ca }, context),
    grid: given(options.grid),
    selectFirstGrid: options.skipGridAutoSelect !== true,
    silent: options.silent === true,
    verbose: options.verbose === true,
  })
}

/** By its URL, or by the name of one that is known; the current one where none is named. */
function findMaster(typed: string | undefined, config: Config, context: Context) {
  const wanted = given(typed) ?? given(context.env.KONTENA_URL) ?? given(config.current_server)
  if (wanted === undefined) {
    throw new ProvisionError('BAD_OPTIONS', 'the URL of the master is missing', {
      hint: 'kontena master login URL --code CODE',
    })
  }
  return { wanted, known: config.servers.find((server) => server.name === wanted) }
}

async function authorityOf(
  options: LoginFlags,
  url: string,
  context: Context,
): Promise<string | undefined> {
  if (options.caSha256 !== undefined && options.ca !== undefined) {
    throw new ProvisionError('BAD_OPTIONS', '--ca and --ca-sha256 exclude each other')
  }
  if (options.ca !== undefined) {
    return readAuthority(await readTextFile(options.ca, '--ca', context.cwd), `--ca ${options.ca}`)
  }
  if (options.caSha256 === undefined) return undefined
  return fetchPinnedAuthority(url, options.caSha256, context.signal)
}

interface KnownMaster {
  readonly entry: ConfigServer | undefined
  readonly url: string
  readonly ca: string | undefined
}

/** A code before an invitation, before a token, and all before what the configuration holds. */
async function credentialOf(
  options: LoginFlags,
  master: KnownMaster,
  context: Context,
): Promise<Credential> {
  const browser = {
    remote: options.remote,
    expiresIn: parseSeconds(options.expiresIn, '--expires-in'),
  }
  const typed = options.code === '-' ? (await context.stdin.all()).trim() : options.code
  const code = given(typed)
  if (code !== undefined) return { code }
  if (options.code !== undefined) throw new ProvisionError('BAD_OPTIONS', '--code is empty')
  if (options.join !== undefined) return invitationOf(options.join, browser)
  const token = given(options.token) ?? given(context.env.KONTENA_TOKEN)
  if (token !== undefined) return { token }
  const kept = options.force === true ? undefined : await keptCredential(master, context)
  return kept ?? browserCredential(browser, context)
}

function invitationOf(typed: string, browser: BrowserLogin): Credential {
  const invitation = given(typed)
  if (invitation !== undefined) return { invitation, browser }
  throw new ProvisionError('BAD_OPTIONS', 'the code of the invitation is empty')
}

/** The login that there is, where the master still accepts it. */
async function keptCredential(
  { entry, url, ca }: KnownMaster,
  context: Context,
): Promise<Credential | undefined> {
  if (entry === undefined || given(entry.token) === undefined) return undefined
  const renew = (refused: string | undefined) =>
    renewLogin(context, { name: entry.name, url, ca }, refused)
  const token = isOver(entry) ? await renew(undefined) : given(entry.token)
  if (token === undefined) return undefined
  try {
    const client = openMasterClient({ url, ca, token, version, renewToken: renew })
    await client.user(context.signal)
  } catch (error) {
    if (error instanceof MasterError && error.kind === 'unauthorized') return undefined
    throw error
  }
  // It may have been renewed just now.
  const { servers } = await readConfig(context.configFile)
  const current = servers.find((server) => server.name === entry.name) ?? entry
  const { token_expires_at, refresh_token } = current
  return { token: given(current.token) ?? token, token_expires_at, refresh_token }
}

/** Without a terminal nobody sees a page, unless it was asked for. */
function browserCredential(browser: BrowserLogin, context: Context): Credential {
  if (context.isTTY || browser.remote !== undefined) return { browser }
  throw new ProvisionError('BAD_OPTIONS', '--code is missing', {
    hint: 'the first start of a master prints one; --token takes an access token, and --remote a login in a browser',
  })
}
