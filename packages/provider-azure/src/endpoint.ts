import { BlockList, isIP } from 'node:net'
import { ProvisionError } from '@kontena/core'

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
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new ProvisionError(
      'BAD_OPTIONS',
      'AZURE_RESOURCE_MANAGER_ENDPOINT is not a web address',
      {
        hint: `set it to one, as in ${publicCloud}, or unset it`,
      },
    )
  }
  const isLoopback = isLoopbackHost(url.hostname)
  const isPlainHttp = url.protocol === 'http:'
  if (isPlainHttp && !isLoopback) {
    throw new ProvisionError('BAD_OPTIONS', `tokens would go to ${url.host} without encryption`, {
      hint: 'use an https address in AZURE_RESOURCE_MANAGER_ENDPOINT',
    })
  }
  const audience = isLoopback ? publicCloud : url.origin
  return {
    url: url.href.replace(/\/+$/, ''),
    scope: `${audience}/.default`,
    isLoopback,
    isPlainHttp,
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  const family = isIP(name)
  if (family === 0) return name === 'localhost' || name.endsWith('.localhost')
  return loopback.check(name, family === 6 ? 'ipv6' : 'ipv4')
}
