import { parseCloudEndpoint } from '@kontena/core'

/** Where Azure Resource Manager answers. */
export interface ArmEndpoint {
  readonly url: string
  /** Scope of the tokens that are good there. */
  readonly scope: string
  /** It is this computer, and so are its machines. */
  readonly isLoopback: boolean
  /** The SDK sends tokens to https addresses only, unless told otherwise. */
  readonly isPlainHttp: boolean
}

const publicCloud = 'https://management.azure.com'

/** As `AZURE_RESOURCE_MANAGER_ENDPOINT` says, for other Azure clouds and for tests. Throws `BAD_OPTIONS`. */
export function findEndpoint(
  text: string = process.env.AZURE_RESOURCE_MANAGER_ENDPOINT || publicCloud,
): ArmEndpoint {
  const variable = 'AZURE_RESOURCE_MANAGER_ENDPOINT'
  const { url, isLocal } = parseCloudEndpoint(text, { variable, usual: publicCloud })
  // What stands in for Azure on this computer takes the tokens of Azure itself.
  const audience = isLocal ? publicCloud : url.origin
  return {
    url: url.href.replace(/\/+$/, ''),
    scope: `${audience}/.default`,
    isLoopback: isLocal,
    isPlainHttp: url.protocol === 'http:',
  }
}
