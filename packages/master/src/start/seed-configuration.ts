import { settingProblem } from '../configuration-keys.ts'
import type { Store } from '../store/store.ts'
import { MasterStartError } from './start-error.ts'

type Settings = Readonly<Record<string, string>>

/** `AUTH_CLIENT_ID` stands for `oauth2.client_id`, and so on; other variables that begin so are not ours. */
const providerKeys = [
  'client_id',
  'client_secret',
  'authorize_endpoint',
  'token_endpoint',
  'token_method',
  'token_post_content_type',
  'code_requires_basic_auth',
  'userinfo_endpoint',
  'userinfo_scope',
  'userinfo_requires_basic_auth',
  'userinfo_username_jsonpath',
  'userinfo_email_jsonpath',
  'userinfo_user_id_jsonpath',
]

/** Variables of the 1.5 master, and the settings that they stand for. */
const variables: Settings = {
  KONTENA_MASTER_URL: 'server.root_url',
  SERVER_NAME: 'server.name',
  ...Object.fromEntries(providerKeys.map((key) => [`AUTH_${key.toUpperCase()}`, `oauth2.${key}`])),
}

/** The settings that an environment asks for, as 1.5 read it. */
export function settingsOfEnvironment(env: Readonly<Record<string, string | undefined>>): Settings {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, key]): [string, string][] => {
      const value = env[name]
      return value === undefined || value === '' ? [] : [[key, value]]
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
      `correct or unset its variable${variableOf(key)}`,
    )
  }
  const known = await store.configuration()
  const missing = Object.fromEntries(Object.entries(seeds).filter(([key]) => !(key in known)))
  await store.configure(missing, { replaceAll: false }, { address: 'local' }, now)
}

function variableOf(key: string): string {
  const name = Object.entries(variables).find(([, known]) => known === key)?.[0]
  return name === undefined ? '' : `: ${name}`
}
