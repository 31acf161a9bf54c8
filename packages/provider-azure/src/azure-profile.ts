import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

const profile = z.object({
  subscriptions: z.array(
    z.object({ id: z.string(), isDefault: z.boolean().optional(), state: z.string().optional() }),
  ),
})

/**
 * The subscription that `az account set` chose. The Azure CLI keeps it in a file, which begins with a
 * byte order mark; asking `az` itself would take most of a second. Undefined where there is none.
 */
export async function defaultSubscription(): Promise<string | undefined> {
  const folder = process.env.AZURE_CONFIG_DIR || join(homedir(), '.azure')
  try {
    const text = await readFile(join(folder, 'azureProfile.json'), 'utf8')
    const { subscriptions } = profile.parse(JSON.parse(text.replace(/^\uFEFF/, '')))
    return subscriptions.find(({ isDefault }) => isDefault === true)?.id
  } catch {
    return undefined
  }
}
