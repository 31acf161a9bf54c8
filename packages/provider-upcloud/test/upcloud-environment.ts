import { vi } from 'vitest'

/** What this computer may know of UpCloud, each hidden or replaced in tests. */
const hidden = [
  'UPCLOUD_TOKEN',
  'UPCLOUD_USERNAME',
  'UPCLOUD_PASSWORD',
  'UPCLOUD_ZONE',
  'UPCLOUD_DEBUG_API_BASE_URL',
]

/** Sets these variables, and hides whatever else this computer knows of UpCloud. */
export function useEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const name of hidden) vi.stubEnv(name, undefined)
  vi.stubEnv('XDG_CONFIG_HOME', '/nowhere')
  vi.stubEnv('HOME', '/nowhere')
  // Where no keyring's command is found.
  vi.stubEnv('PATH', '/nowhere')
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}
