import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ProvisionError } from '@kontena/core'
import { parse } from 'yaml'
import { z } from 'zod'
import type { GivenCredentials } from './credentials.ts'

/** As the schema says that upctl publishes; a number may have been written without quotes. */
const text = z
  .union([z.string().min(1), z.number().transform(String)])
  .optional()
  .catch(undefined)
const upctlConfig = z.object({ token: text, username: text, password: text })

/** Credentials in the first `upctl.yaml` that is there; nothing where none is. */
export async function readUpctlConfig(signal: AbortSignal): Promise<GivenCredentials> {
  for (const file of candidates(process.env, process.platform)) {
    const content = await readIfThere(file, signal)
    if (content !== undefined) return parseConfig(content, file)
  }
  return {}
}

/** Where upctl looks: the configuration folder of the system, and the one of XDG on macOS too. */
function candidates(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  const xdg = environment.XDG_CONFIG_HOME || join(homedir(), '.config')
  const own =
    platform === 'darwin'
      ? [join(homedir(), 'Library/Application Support')]
      : platform === 'win32' && environment.LOCALAPPDATA
        ? [environment.LOCALAPPDATA]
        : []
  return [xdg, ...own].map((folder) => join(folder, 'upctl.yaml'))
}

async function readIfThere(file: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await readFile(file, { encoding: 'utf8', signal })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new ProvisionError('LOCAL_FILE', `${file} cannot be read`, {
      hint: 'check that you may read it, or set UPCLOUD_TOKEN',
      cause: error,
    })
  }
}

/** What the parser says would quote the file, and a secret with it; no cause is kept. */
function parseConfig(content: string, file: string): GivenCredentials {
  const known = upctlConfig.safeParse(parseYaml(content)).data
  if (known !== undefined) return known
  throw new ProvisionError('LOCAL_FILE', `${file} is no configuration of upctl`, {
    hint: 'it holds token, or username and password, as YAML; or set UPCLOUD_TOKEN',
  })
}

function parseYaml(content: string): unknown {
  try {
    return parse(content, { logLevel: 'error' }) ?? {}
  } catch {
    return undefined
  }
}
