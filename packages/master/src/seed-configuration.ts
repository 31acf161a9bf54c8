import { settingProblem } from './configuration-keys.ts'
import { MasterStartError } from './start-error.ts'
import type { Store } from './store/store.ts'

type Settings = Readonly<Record<string, string>>

/** Variables of the 1.5 master beside `AUTH_*`, which stands for `oauth2.*`. */
const variables: Settings = {
  KONTENA_MASTER_URL: 'server.root_url',
  SERVER_NAME: 'server.name',
}

/** The settings that an environment asks for, as 1.5 read it. */
export function settingsOfEnvironment(env: Readonly<Record<string, string | undefined>>): Settings {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]): [string, string][] => {
      const key = name.startsWith('AUTH_')
        ? `oauth2.${name.slice('AUTH_'.length).toLowerCase()}`
        : variables[name]
      return key === undefined || value === undefined || value === '' ? [] : [[key, value]]
    }),
  )
}

/**
 * Keeps settings that nobody has set yet; what an administrator set later stays. Throws
 * {@link MasterStartError} for one that cannot be, whose value it does not show.
 */
export async function seedConfiguration(store: Store, seeds: Settings, now: Date): Promise<void> {
  for (const [key, value] of Object.entries(seeds)) {
    const problem = settingProblem(key, value)
    if (problem === undefined) continue
    throw new MasterStartError(
      `the setting ${key} from the environment ${problem}`,
      `correct or unset the variable: ${variableOf(key)}`,
    )
  }
  const known = await store.configuration()
  const missing = Object.fromEntries(Object.entries(seeds).filter(([key]) => !(key in known)))
  await store.configure(missing, { replaceAll: false }, { address: 'local' }, now)
}

function variableOf(key: string): string {
  const named = Object.entries(variables).find(([, known]) => known === key)?.[0]
  return named ?? `AUTH_${key.slice('oauth2.'.length).toUpperCase()}`
}
