import { readFile } from 'node:fs/promises'
import { ProvisionError } from '@kontena/core'
import { z } from 'zod'
import { withFileLock } from '../file-lock.ts'
import { replaceFile } from '../replace-file.ts'

/** Milliseconds that a change takes at most, on a slow disk. */
const longestUpdate = 10_000

/** A master this computer knows. Keys we do not know belong to other versions, and stay. */
const server = z.looseObject({
  name: z.string(),
  url: z.string(),
  username: z.string().nullish(),
  grid: z.string().nullish(),
  token: z.string().nullish(),
  /** Unix seconds; 0 and null mean never. */
  token_expires_at: z.number().nullish(),
  refresh_token: z.string().nullish(),
  /** The master's own id. Ours; 1.5 ignores it. */
  uuid: z.string().nullish(),
  /** PEM of the only authority this master is trusted by. Ours; 1.5 ignores it. */
  ca: z.string().nullish(),
})

const config = z.looseObject({
  current_server: z.string().nullish(),
  servers: z.array(server).default([]),
})

/** `~/.kontena_client.json`, in the layout of Kontena 1.5. */
export type Config = z.infer<typeof config>
export type ConfigServer = z.infer<typeof server>

/** Before 1.0 the file held one master, without a name. */
const legacyConfig = z.looseObject({ server: z.looseObject({ url: z.string() }) })

/** The configuration, or an empty one where there is no file. */
export async function readConfig(file: string): Promise<Config> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return { servers: [] }
    throw unreadable(file, reasonOf(error), error)
  }
  return parseConfig(text, file)
}

/**
 * Reads, changes and writes the configuration, whole or not at all, for its owner's eyes only. Commands that
 * do it at the same time wait for each other, so that none undoes what another has kept.
 */
export async function updateConfig(
  file: string,
  change: (config: Config) => Config,
): Promise<Config> {
  const { signal } = new AbortController()
  try {
    return await withFileLock(file, { longest: longestUpdate, signal }, async () => {
      const next = change(await readConfig(file))
      await replaceFile(file, `${JSON.stringify(next, undefined, 2)}\n`)
      return next
    })
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? unwritable(file, error) : error
  }
}

/** Keeps a change to the entry of this name; the others stay as they are. */
export async function updateServer(
  file: string,
  name: string,
  change: Partial<ConfigServer>,
): Promise<void> {
  await updateConfig(file, (config) => ({
    ...config,
    servers: config.servers.map((server) =>
      server.name === name ? { ...server, ...change } : server,
    ),
  }))
}

/** Adds a master; a name that another one has gets -2, -3 and so on. */
export function addServer(config: Config, server: ConfigServer): [Config, ConfigServer] {
  const added = { ...server, name: freeName(server.name, config.servers) }
  return [{ ...config, servers: [...config.servers, added] }, added]
}

function parseConfig(text: string, file: string): Config {
  let json: unknown
  try {
    json = text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    // The parser's own message quotes the file, tokens and all.
    throw unreadable(file, 'it is not JSON')
  }
  const parsed = config.safeParse(migrated(json))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw unreadable(file, `${issue?.path.join('.')}: ${issue?.message}`, parsed.error)
  }
  return { ...parsed.data, servers: withDistinctNames(parsed.data.servers) }
}

function migrated(json: unknown): unknown {
  const legacy = legacyConfig.safeParse(json)
  if (!legacy.success || 'servers' in legacy.data) return json
  const { server, ...rest } = legacy.data
  return { ...rest, current_server: 'default', servers: [{ name: 'default', ...server }] }
}

function withDistinctNames(servers: readonly ConfigServer[]): ConfigServer[] {
  const distinct: ConfigServer[] = []
  for (const server of servers) {
    distinct.push({ ...server, name: freeName(server.name, distinct) })
  }
  return distinct
}

function freeName(name: string, servers: readonly ConfigServer[]): string {
  const taken = new Set(servers.map((server) => server.name))
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name}-${number}`)) number += 1
  return `${name}-${number}`
}

function unwritable(file: string, error: unknown): ProvisionError {
  return new ProvisionError('LOCAL_FILE', `cannot write ${file}: ${reasonOf(error)}`, {
    cause: error,
    hint: 'free some space or correct its rights, or name another file in KONTENA_CONFIG',
  })
}

function unreadable(file: string, reason: string, cause?: unknown): ProvisionError {
  return new ProvisionError('LOCAL_FILE', `cannot read ${file}: ${reason}`, {
    cause,
    hint: 'correct the file, or name another one in KONTENA_CONFIG',
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
