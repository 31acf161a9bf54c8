import { vi } from 'vitest'

/** Points the SDK and this package at a simulated Azure, and away from whatever this computer has. */
export function useEnvironment(environment: Readonly<Record<string, string>>): void {
  const none = [
    'AZURE_CLIENT_ID',
    'AZURE_CLIENT_SECRET',
    'AZURE_TENANT_ID',
    'AZURE_FEDERATED_TOKEN_FILE',
    'AZURE_RETAIL_PRICES_URL',
    'AZURE_DEFAULTS_LOCATION',
    'MSI_ENDPOINT',
    'HTTPS_PROXY',
    'HTTP_PROXY',
  ]
  for (const name of none) vi.stubEnv(name, undefined)
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}
