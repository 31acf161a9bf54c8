import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Call, ProvisionError } from '@kontena/core'
import { z } from 'zod'

/** Where doctl keeps its tokens, as its own sources say for each system. */
export function doctlConfigFile(): string {
  return join(configFolder(), 'doctl', 'config.yaml')
}

function configFolder(): string {
  const { env, platform } = process
  switch (platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support')
    case 'win32':
      return env.APPDATA || join(homedir(), 'AppData', 'Roaming')
    default:
      return env.XDG_CONFIG_HOME || join(homedir(), '.config')
  }
}

/** The context that doctl makes first: its token stands under a key of its own. */
const firstContext = 'default'

const doctlConfig = z.object({
  'access-token': z.string().nullish(),
  context: z.string().nullish(),
  'auth-contexts': z.record(z.string(), z.string().nullish()).nullish(),
})

export interface DoctlToken {
  /** Undefined where the context has none. */
  readonly token: string | undefined
  readonly context: string
  /** Names of the contexts that have one. */
  readonly contexts: readonly string[]
}

/**
 * The token of a context, or of the one that is in use there. Undefined where doctl has no file.
 * What the file holds goes into no error, as it is secret.
 */
export async function readDoctlToken(
  context: string | undefined,
  call: Call,
): Promise<DoctlToken | undefined> {
  const file = doctlConfigFile()
  const text = await readText(file, call.signal)
  if (text === undefined) return undefined
  const config = doctlConfig.safeParse((await parseYaml(text)) ?? {}).data
  if (config === undefined) {
    throw new ProvisionError('LOCAL_FILE', `doctl's configuration ${file} cannot be understood`, {
      hint: 'make it anew with: doctl auth init, or give --token',
    })
  }
  const tokens = new Map<string, string>()
  if (config['access-token']) tokens.set(firstContext, config['access-token'])
  for (const [name, token] of Object.entries(config['auth-contexts'] ?? {})) {
    if (token && !tokens.has(name)) tokens.set(name, token)
  }
  const wanted = context ?? (config.context || firstContext)
  return { token: tokens.get(wanted), context: wanted, contexts: [...tokens.keys()] }
}

async function readText(file: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await readFile(file, { encoding: 'utf8', signal })
  } catch (error) {
    if (signal.aborted) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new ProvisionError('LOCAL_FILE', `doctl's configuration ${file} cannot be read`, {
      hint: 'check that you may read it, or give --token',
      cause: error,
    })
  }
}

/** The parser's own errors and warnings quote the file. */
async function parseYaml(text: string): Promise<unknown> {
  // Most commands have a token and need none of it.
  const { parse } = await import('yaml')
  try {
    return parse(text, { logLevel: 'error' })
  } catch {
    return 'no YAML'
  }
}
