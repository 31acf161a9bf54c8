import { ProvisionError } from '@kontena/core'
import type { Context } from '../context.ts'
import { fetchPinnedAuthority, readAuthority } from '../master/authority.ts'
import { readConfig } from '../master/config.ts'
import { type Credential, logIn } from '../master/log-in.ts'
import { given } from '../options/given.ts'
import { isSameMaster, parseMasterUrl } from '../options/master-url.ts'
import { readTextFile } from '../options/read-text-file.ts'

export interface LoginFlags {
  code?: string
  token?: string
  name?: string
  caSha256?: string
  ca?: string
  grid?: string
  skipGridAutoSelect?: boolean
  silent?: boolean
}

/** Logs in with a one-time code or a token, or selects a master that was logged in to before. */
export async function login(
  options: LoginFlags & { url: string | undefined },
  context: Context,
): Promise<void> {
  const { servers } = await readConfig(context.configFile)
  const wanted = given(options.url) ?? given(context.env.KONTENA_URL)
  const known = servers.find((server) => server.name === wanted)
  if (wanted === undefined) {
    throw new ProvisionError('BAD_OPTIONS', 'the URL of the master is missing', {
      hint: 'kontena master login URL --code CODE',
    })
  }
  const url = parseMasterUrl(known?.url ?? wanted)
  const entry = known ?? servers.find((server) => isSameMaster(server.url, url))
  await logIn(context, {
    url,
    name: given(options.name) ?? given(context.env.KONTENA_MASTER) ?? known?.name,
    ca: (await authorityOf(options, url, context)) ?? entry?.ca ?? undefined,
    credential: await credentialOf(options, given(entry?.token), context),
    grid: given(options.grid),
    selectFirstGrid: options.skipGridAutoSelect !== true,
    silent: options.silent === true,
  })
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

/** A code before a token, and both before what the configuration holds. */
async function credentialOf(
  options: LoginFlags,
  known: string | undefined,
  context: Context,
): Promise<Credential> {
  const typed = options.code === '-' ? (await context.stdin.all()).trim() : options.code
  const code = given(typed)
  if (code !== undefined) return { code }
  if (options.code !== undefined) throw new ProvisionError('BAD_OPTIONS', '--code is empty')
  const token = given(options.token) ?? given(context.env.KONTENA_TOKEN) ?? known
  if (token !== undefined) return { token }
  throw new ProvisionError('BAD_OPTIONS', '--code is missing', {
    hint: 'the first start of a master prints one; --token takes an access token instead',
  })
}
