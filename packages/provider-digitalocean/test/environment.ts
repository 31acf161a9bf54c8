import { vi } from 'vitest'

/** Sets these variables, and hides whatever else this computer knows of DigitalOcean. */
export function useEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const name of [
    'DIGITALOCEAN_API_URL',
    'DIGITALOCEAN_ACCESS_TOKEN',
    'DIGITALOCEAN_TOKEN',
    'DO_TOKEN',
    'DIGITALOCEAN_CONTEXT',
    'DIGITALOCEAN_REGION',
  ]) {
    vi.stubEnv(name, undefined)
  }
  vi.stubEnv('XDG_CONFIG_HOME', '/nowhere')
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}
