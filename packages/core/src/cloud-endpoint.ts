import { BlockList, isIP } from 'node:net'
import { ProvisionError } from './errors.ts'

/** Where a cloud's API is. */
export interface CloudEndpoint {
  readonly url: URL
  /** It is on this computer, and so are its machines. */
  readonly isLocal: boolean
}

/**
 * Reads an address by which somebody points a provider away from the cloud's own. Credentials go there,
 * so that plain HTTP is taken for this computer only. Throws `BAD_OPTIONS` naming the variable.
 *
 * @param variable environment variable that the text comes from
 * @param usual address that stands there by default, for the hint
 */
export function parseCloudEndpoint(
  text: string,
  { variable, usual }: { variable: string; usual: string },
): CloudEndpoint {
  const url = URL.parse(text)
  const isLocal = url !== null && isLoopbackHost(url.hostname)
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLocal)) {
    throw new ProvisionError('BAD_OPTIONS', `${variable} is no https address`, {
      hint: `write it as in ${usual}; plain http is taken for this computer only`,
    })
  }
  if (url.username + url.password + url.search + url.hash !== '') {
    throw new ProvisionError('BAD_OPTIONS', `${variable} holds more than an address`, {
      hint: `write it as in ${usual}, without credentials, query or fragment`,
    })
  }
  return { url, isLocal }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether a URL's host names this computer. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  const family = isIP(name)
  if (family === 0) return name === 'localhost' || name.endsWith('.localhost')
  return loopback.check(name, family === 6 ? 'ipv6' : 'ipv4')
}
