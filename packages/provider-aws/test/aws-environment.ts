import { vi } from 'vitest'

/** Points the SDK at an EC2 that takes any credentials. */
export function useEndpoint(url: string): void {
  useEnvironment({
    AWS_ENDPOINT_URL_EC2: url,
    AWS_ENDPOINT_URL_SSM: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIATESTTESTTESTTEST',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  })
}

/** Sets these variables, and hides whatever else this computer knows of AWS. */
export function useEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_DEFAULT_REGION']) {
    vi.stubEnv(name, undefined)
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}
