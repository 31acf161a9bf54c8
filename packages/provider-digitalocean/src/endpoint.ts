import { BlockList, isIP } from 'node:net'
import { ProvisionError } from '@kontena/core'

const publicUrl = 'https://api.digitalocean.com/v2'

export interface Endpoint {
  /** Without a slash at its end. */
  readonly url: string
  /** It answers on this computer. */
  readonly isLocal: boolean
}

/**
 * Where the API is: DigitalOcean's own, or as `DIGITALOCEAN_API_URL` says, with or without `/v2`. Plain
 * HTTP would show the token on the way, so it is for this computer only. Throws `BAD_OPTIONS`.
 */
export function findEndpoint(text: string | undefined): Endpoint {
  if (text === undefined || text === '') return { url: publicUrl, isLocal: false }
  const url = URL.parse(text)
  const isLocal = url !== null && isLoopback(url.hostname)
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLocal)) {
    throw wrong('is no https URL', 'plain http is taken for this computer only')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw wrong('holds more than an address', 'give the token by --token')
  }
  const path = url.pathname.replace(/\/+$/, '')
  return { url: `${url.origin}${path.endsWith('/v2') ? path : `${path}/v2`}`, isLocal }
}

function wrong(what: string, why: string): ProvisionError {
  return new ProvisionError('BAD_OPTIONS', `DIGITALOCEAN_API_URL ${what}`, {
    hint: `write it as ${publicUrl}; ${why}`,
  })
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  const family = isIP(name)
  if (family === 0) return name === 'localhost' || name.endsWith('.localhost')
  return loopback.check(name, family === 6 ? 'ipv6' : 'ipv4')
}
