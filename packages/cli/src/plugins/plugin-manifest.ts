import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contractVersion } from '@kontena/core'
import { z } from 'zod'

/** What a package says of itself as a plug-in, in its package.json. Reading it runs nothing. */
const packageJson = z.object({
  name: z.string().min(1),
  version: z.string().default('0.0.0'),
  kontena: z.object({
    provider: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a word of lower-case letters, digits and dashes'),
    title: z.string().regex(/^[^\p{C}]{1,64}$/u, 'must be a title of 1 to 64 characters'),
    contract: z.number().int(),
    entry: z
      .string()
      .regex(/^\.\/(?!.*\.\.(\/|$)).+/, 'must be a path inside the package, as ./index.js'),
  }),
})

export interface PluginManifest {
  readonly package: string
  readonly version: string
  readonly provider: string
  readonly title: string
  /** From the package's folder. */
  readonly entry: string
}

/** Throws an `Error` whose message says in one clause why this folder holds no plug-in for us. */
export async function readPluginManifest(root: string): Promise<PluginManifest> {
  const json = await readJson(join(root, 'package.json'))
  if (typeof json !== 'object' || json === null || !('kontena' in json)) {
    throw new Error('its package.json has no "kontena", so it is no plug-in of this command')
  }
  const parsed = packageJson.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`its package.json: ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { name, version, kontena } = parsed.data
  if (kontena.contract !== contractVersion) {
    throw new Error(
      `it is made for contract ${kontena.contract} between command and provider; this command has contract ${contractVersion}`,
    )
  }
  const { provider, title, entry } = kontena
  return { package: name, version, provider, title, entry }
}

async function readJson(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new Error(`${file} cannot be read`, { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${file} is not JSON`, { cause: error })
  }
}
