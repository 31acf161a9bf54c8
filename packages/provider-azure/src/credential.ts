import type { AccessToken, TokenCredential } from '@azure/identity'

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
  let credential: Promise<TokenCredential> | undefined
  return shareTokens({
    getToken: async (scopes, options) => {
      credential ??= chooseCredential(tenantId)
      return (await credential).getToken(scopes, options)
    },
  })
}

async function chooseCredential(tenantId: string | undefined): Promise<TokenCredential> {
  const identity = await import('@azure/identity')
  const options = tenantId === undefined ? {} : { tenantId }
  const standard = (): TokenCredential => new identity.DefaultAzureCredential(options)
  if (decisive.some((name) => process.env[name])) return standard()
  return new identity.ChainedTokenCredential(
    new identity.EnvironmentCredential(),
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
