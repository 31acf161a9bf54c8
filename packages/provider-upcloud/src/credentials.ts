import { type Call, ProvisionError } from '@kontena/core'
import type { UpcloudCredentials } from '@kontena/upcloud-api'
import { readKeyring } from './keyring.ts'
import type { UpcloudAccess } from './options.ts'
import { readUpctlConfig } from './upctl-config.ts'

/** What somebody gave, in whatever place; nothing in it need fit together. */
export type GivenCredentials = Pick<UpcloudAccess, 'token' | 'username' | 'password'>

/**
 * Credentials from where UpCloud's own tools look, in their order: what was typed, the environment,
 * upctl's configuration, the keyring that `upctl account login` fills. Of a token and a password in the
 * same place the token wins, as it does there; typed together they are refused.
 */
export async function findCredentials(
  access: GivenCredentials,
  { signal }: Call,
): Promise<UpcloudCredentials> {
  const environment = fromEnvironment(process.env)
  const typed = without(access, environment)
  const isNameTyped = typed.username !== undefined || typed.password !== undefined
  if (typed.token !== undefined && isNameTyped) {
    throw new ProvisionError('BAD_OPTIONS', '--token and --username exclude each other', {
      hint: 'give a token, or a name with its password',
    })
  }
  if (typed.token !== undefined) return { token: typed.token }
  const username = typed.username ?? environment.username
  const password = typed.password ?? environment.password
  if (isNameTyped) return await withPassword({ username, password }, signal)
  return (
    choose(environment) ??
    choose(await readUpctlConfig(signal)) ??
    choose({ token: await readKeyring('', signal) }) ??
    (await withPassword({ username, password }, signal))
  )
}

/** The password of a name may be in the keyring too. */
async function withPassword(
  { username, password }: GivenCredentials,
  signal: AbortSignal,
): Promise<UpcloudCredentials> {
  if (username === undefined) throw missing(password === undefined ? undefined : '--username')
  const known = password ?? (await readKeyring(username, signal))
  if (known === undefined) throw missing('--password')
  return { username, password: known }
}

function choose({ token, username, password }: GivenCredentials): UpcloudCredentials | undefined {
  if (token !== undefined) return { token }
  if (username !== undefined && password !== undefined) return { username, password }
  return undefined
}

function fromEnvironment(environment: NodeJS.ProcessEnv): GivenCredentials {
  return {
    token: environment.UPCLOUD_TOKEN || undefined,
    username: environment.UPCLOUD_USERNAME || undefined,
    password: environment.UPCLOUD_PASSWORD || undefined,
  }
}

/** Options come with the environment's values in them; what is left was typed. */
function without(access: GivenCredentials, environment: GivenCredentials): GivenCredentials {
  const { token, username, password } = access
  return {
    token: token === environment.token ? undefined : token,
    username: username === environment.username ? undefined : username,
    password: password === environment.password ? undefined : password,
  }
}

function missing(flag?: string): ProvisionError {
  if (flag !== undefined) {
    return new ProvisionError('NO_CREDENTIALS', `${flag} is missing`, {
      hint: 'give --username with --password (UPCLOUD_USERNAME, UPCLOUD_PASSWORD), or --token',
    })
  }
  return new ProvisionError('NO_CREDENTIALS', 'no UpCloud credentials found', {
    hint: 'give --token or set UPCLOUD_TOKEN; UPCLOUD_USERNAME with UPCLOUD_PASSWORD, upctl.yaml and what upctl account login put into the keyring do as well',
  })
}
