import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'

const networkVersion = '2025-05-01'

/** Azure Resource Manager as somebody else uses it, with nothing of the provider. */
export interface ArmClient {
  send(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }>
  /** Makes or changes something, and waits for the end of it. */
  put(path: string, body: unknown): Promise<void>
}

const token = z.object({ access_token: z.string() })
const state = z.object({ properties: z.object({ provisioningState: z.string() }) })

/** A client of the sandbox for these variables. Paths stand below the subscription. */
export function openArmClient(environment: Readonly<Record<string, string>>): ArmClient {
  const {
    AZURE_RESOURCE_MANAGER_ENDPOINT: url = '',
    AZURE_SUBSCRIPTION_ID: subscription = '',
    IDENTITY_ENDPOINT: identity = '',
    IDENTITY_HEADER: secret = '',
  } = environment
  const authorize = async (): Promise<string> => {
    const resource = 'resource=https%3A%2F%2Fmanagement.azure.com&api-version=2019-08-01'
    const answer = await fetch(`${identity}?${resource}`, {
      headers: { 'x-identity-header': secret },
    })
    return token.parse(await answer.json()).access_token
  }
  const send: ArmClient['send'] = async (method, path, body) => {
    const answer = await fetch(
      `${url}/subscriptions/${subscription}${path}?api-version=${versionOf(path)}`,
      {
        method,
        headers: {
          authorization: `Bearer ${await authorize()}`,
          'content-type': 'application/json',
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      },
    )
    return { status: answer.status, body: await answer.text() }
  }
  return {
    send,
    async put(path, body) {
      const made = await send('PUT', path, body)
      if (made.status >= 300) throw new Error(`${path}: ${made.body}`)
      for (;;) {
        const seen = state.parse(JSON.parse((await send('GET', path)).body))
        if (seen.properties.provisioningState === 'Succeeded') return
        await pause(20)
      }
    },
  }
}

function versionOf(path: string): string {
  if (path.includes('Microsoft.Compute')) return '2026-04-01'
  if (path.includes('Microsoft.Network')) return networkVersion
  return '2024-11-01'
}
