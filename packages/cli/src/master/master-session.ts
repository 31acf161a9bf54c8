import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ProvisionError } from '@kontena/core'
import { type MasterClient, openMasterClient, requiredFeatures } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { given } from '../options/given.ts'
import { isSameMaster } from '../options/master-url.ts'
import { version } from '../version.ts'
import { type Config, readConfig, updateServer } from './config.ts'
import { isOver, type RenewableLogin, renewLogin } from './renew-login.ts'
import { versionWarning } from './version-warning.ts'

/** The master that commands talk to, as flags, environment and configuration say. */
export interface MasterTarget {
  /** Name of its entry in the configuration. */
  readonly name: string
  readonly url: string
  readonly token: string | undefined
  /** There was a token, and its time is over. */
  readonly expired: boolean
  /** The entry of the configuration whose login may be renewed; undefined for a token from elsewhere. */
  readonly renewable: RenewableLogin | undefined
  /** PEM of the only authority to trust; the system's roots where absent. */
  readonly ca: string | undefined
  /** The master's own id, as far as this computer has learned it. */
  readonly uuid: string | undefined
  readonly grid: string | undefined
  readonly username: string | undefined
  /** Whether the target is an entry of the configuration, so that changes to it are kept. */
  readonly configured: boolean
}

export interface MasterSession extends MasterTarget {
  readonly client: MasterClient
}

/** A master that has what machines need, and what it said about itself. */
export interface ProvisioningSession extends MasterSession {
  readonly uuid: string
  readonly grid: string
  /** Of the master. */
  readonly version: string
  /** Where machines reach the master: its public URL, or the one this command uses. */
  readonly publicUrl: string
  /** SHA-256 (hex) of the agent that the master hands out. */
  readonly agentBundle: string
}

/** Which master is meant. Sends nothing, so it also serves `--without-master`. */
export async function resolveMaster(
  context: Context,
  flags: { grid?: string | undefined } = {},
): Promise<MasterTarget> {
  const config = await readConfig(context.configFile)
  const target = context.env.KONTENA_URL
    ? targetOfUrl(context.env.KONTENA_URL, config, context)
    : targetOfConfig(config, context)
  const ca = target.ca ?? (await pinnedAuthority(target.url, context.home))
  const token = given(context.env.KONTENA_TOKEN)
  return {
    ...target,
    ca,
    token: token ?? target.token,
    renewable: token === undefined && target.renewable ? { ...target.renewable, ca } : undefined,
    grid: given(flags.grid) ?? given(context.env.KONTENA_GRID) ?? target.grid,
  }
}

/** The current master with a client, whose login is renewed when it has to be. Rejects with `NOT_LOGGED_IN` where there is no token. */
export async function openMasterSession(
  context: Context,
  flags: { grid?: string | undefined } = {},
): Promise<MasterSession> {
  const target = await resolveMaster(context, flags)
  const { name, url, ca, renewable } = target
  const renewToken = (refused: string | undefined) =>
    renewable === undefined ? Promise.resolve(undefined) : renewLogin(context, renewable, refused)
  const token = target.token ?? (target.expired ? await renewToken(undefined) : undefined)
  if (token === undefined) {
    const state = target.expired ? 'Your login has expired at' : 'You are not logged into'
    throw new ProvisionError('NOT_LOGGED_IN', `${state} the master ${name}`, {
      hint: `kontena master login ${url} --code CODE`,
    })
  }
  const onVersion = (masters: string): void => {
    const warning = versionWarning(masters)
    if (warning !== undefined) context.warnLast(warning)
  }
  const client = openMasterClient({ url, token, ca, version, renewToken, onVersion })
  return { ...target, token, client }
}

/** The grid a command works on. Throws `NO_GRID` where none is selected. */
export function requireGrid(target: MasterTarget): string {
  if (target.grid !== undefined) return target.grid
  throw new ProvisionError('NO_GRID', 'You have not selected a grid', {
    hint: 'name one with --grid GRID, or select it with: kontena grid use GRID',
  })
}

/**
 * The current master, checked to have what making machines needs; an old master is refused in one
 * sentence. Learns the master's id into the configuration.
 */
export async function openProvisioningSession(
  context: Context,
  flags: { grid?: string | undefined } = {},
): Promise<ProvisioningSession> {
  const session = await openMasterSession(context, flags)
  const grid = requireGrid(session)
  const info = await session.client.info(context.signal)
  const { uuid, agent_bundle: agentBundle } = info
  const missing = requiredFeatures.filter((feature) => !info.features.includes(feature))
  if (missing.length > 0 || uuid === undefined || agentBundle === undefined) {
    throw new ProvisionError(
      'MASTER_UNSUITABLE',
      `the master ${session.name} (version ${info.version}) cannot enrol machines`,
      { hint: 'use a Kontena master of version 2, as `kontena master start` runs it' },
    )
  }
  if (session.uuid !== uuid && session.configured) {
    await updateServer(context.configFile, session.name, { uuid })
  }
  const publicUrl = info.public_url ?? session.url
  return { ...session, uuid, grid, version: info.version, publicUrl, agentBundle }
}

function targetOfUrl(url: string, config: Config, context: Context): MasterTarget {
  const server = config.servers.find((entry) => isSameMaster(entry.url, url))
  if (server !== undefined) return { ...targetOf(server), configured: false }
  return {
    name: given(context.env.KONTENA_MASTER) ?? 'default',
    url: trimSlash(url),
    token: undefined,
    expired: false,
    renewable: undefined,
    ca: undefined,
    uuid: undefined,
    grid: undefined,
    username: undefined,
    configured: false,
  }
}

/** Name of the entry that commands work with, where the environment names no URL. */
export function currentName(config: Config, { env }: Pick<Context, 'env'>): string | undefined {
  return given(env.KONTENA_MASTER) ?? given(config.current_server)
}

function targetOfConfig(config: Config, context: Context): MasterTarget {
  const asked = given(context.env.KONTENA_MASTER)
  const name = currentName(config, context)
  const server = config.servers.find((entry) => entry.name === name)
  if (server !== undefined) return targetOf(server)
  if (asked !== undefined) {
    throw new ProvisionError('NOT_LOGGED_IN', `KONTENA_MASTER names ${asked}, which is not known`, {
      hint: `known masters: ${config.servers.map((entry) => entry.name).join(', ') || 'none'}`,
    })
  }
  throw new ProvisionError('NOT_LOGGED_IN', 'You are not logged into a Kontena Master', {
    hint: 'kontena master login URL --code CODE, or start one with: kontena master start --login',
  })
}

function targetOf(server: Config['servers'][number]): MasterTarget {
  const expired = given(server.token) !== undefined && isOver(server)
  const url = trimSlash(server.url)
  const ca = server.ca ?? undefined
  return {
    name: server.name,
    url,
    token: expired ? undefined : given(server.token),
    expired,
    renewable: { name: server.name, url, ca },
    ca,
    uuid: server.uuid ?? undefined,
    grid: given(server.grid),
    username: server.username ?? undefined,
    configured: true,
  }
}

/** The 1.5 way to pin an authority: `~/.kontena/certs/<host>.pem`. */
async function pinnedAuthority(url: string, home: string): Promise<string | undefined> {
  if (!URL.canParse(url)) {
    throw new ProvisionError('BAD_OPTIONS', `${url} is not the URL of a master`)
  }
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'https:') return undefined
  return readFile(join(home, 'certs', `${hostname}.pem`), 'utf8').catch(() => undefined)
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
