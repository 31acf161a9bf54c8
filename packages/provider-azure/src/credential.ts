import type { HttpClient } from '@azure/core-rest-pipeline'
import type { AccessToken, TokenCredential } from '@azure/identity'
import { type ArmError, readRefusal } from './arm-error.ts'

/** Milliseconds that `az` may take to hand out a token. */
const cliTimeout = 20_000
/** A token that ends sooner than this many milliseconds is asked for again. */
const freshFor = 5 * 60_000

/** Where the environment says itself how to log in, so that nothing has to be tried. */
const decisive = [
  'AZURE_TOKEN_CREDENTIALS',
  'AZURE_FEDERATED_TOKEN_FILE',
  'IDENTITY_ENDPOINT',
  'MSI_ENDPOINT',
]

/**
 * The login that the Azure SDK finds by default. On a computer without a managed identity it would look
 * for one first, which takes seconds, so that the environment and the Azure CLI are asked before.
 */
export function openCredential(tenantId: string | undefined): TokenCredential {
  let opened: Promise<Opened> | undefined
  return shareTokens({
    getToken: async (scopes, options) => {
      opened ??= open(tenantId)
      const { credential, takeRefusal } = await opened
      try {
        return await credential.getToken(scopes, options)
      } catch (error) {
        throw takeRefusal() ?? error
      }
    },
  })
}

interface Opened {
  readonly credential: TokenCredential
  /** What the token service has answered since, where it takes no more requests. */
  takeRefusal(): ArmError | undefined
}

async function open(tenantId: string | undefined): Promise<Opened> {
  const { createDefaultHttpClient } = await import('@azure/core-rest-pipeline')
  const { httpClient, takeRefusal } = refusing(createDefaultHttpClient())
  return { credential: await chooseCredential(tenantId, httpClient), takeRefusal }
}

/**
 * The library waits in silence for as long as a token service asks, and then says that the login is
 * missing. The kernel waits better: it says why, and for the other requests of the command too.
 */
function refusing(client: HttpClient): Pick<Opened, 'takeRefusal'> & { httpClient: HttpClient } {
  let refusal: ArmError | undefined
  return {
    takeRefusal: () => {
      const taken = refusal
      refusal = undefined
      return taken
    },
    httpClient: {
      sendRequest: async (request) => {
        const response = await client.sendRequest(request)
        const { status, bodyAsText: body, headers } = response
        if (status !== 429) return response
        refusal = readRefusal({ status, body, retryAfter: headers.get('retry-after') })
        throw refusal
      },
    },
  }
}

async function chooseCredential(
  tenantId: string | undefined,
  httpClient: HttpClient,
): Promise<TokenCredential> {
  const identity = await import('@azure/identity')
  const options = { httpClient, ...(tenantId === undefined ? {} : { tenantId }) }
  const standard = (): TokenCredential => new identity.DefaultAzureCredential(options)
  if (decisive.some((name) => process.env[name])) return standard()
  return new identity.ChainedTokenCredential(
    new identity.EnvironmentCredential({ httpClient }),
    new identity.AzureCliCredential({ ...options, processTimeoutInMs: cliTimeout }),
    { getToken: (scopes, more) => standard().getToken(scopes, more) },
  )
}

/** Each SDK client keeps a token of its own; asking `az` for one takes most of a second. */
function shareTokens(credential: TokenCredential): TokenCredential {
  const tokens = new Map<string, Promise<AccessToken | null>>()
  return {
    async getToken(scopes, options) {
      // The successor of a token that ARM refused is for one request, with what ARM demanded.
      if (options?.claims !== undefined) return await credential.getToken(scopes, options)
      const key = [scopes].flat().join(' ')
      const asked = tokens.get(key)
      const known = asked === undefined ? null : await asked.catch(() => null)
      if (known !== null && known.expiresOnTimestamp - Date.now() > freshFor) return known
      const other = tokens.get(key)
      if (other !== undefined && other !== asked) return await other
      // Without the signal of one request, as others wait for the same token.
      const next = credential.getToken(scopes)
      tokens.set(key, next)
      return await next
    },
  }
}
