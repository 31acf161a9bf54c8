import { BlockList, isIP } from 'node:net'
import { ProvisionError } from '@kontena/core'

export interface Endpoint {
  /** Scheme and host, as the client takes it. */
  readonly url: string
  /** It is on this computer, and so are its machines. */
  readonly isLocal: boolean
}

/** Variable with which UpCloud's own tools are pointed elsewhere too. */
const variable = 'UPCLOUD_DEBUG_API_BASE_URL'

/** Credentials go to it, so that plain HTTP must not leave this computer. Throws `BAD_OPTIONS`. */
export function findEndpoint(environment: NodeJS.ProcessEnv = process.env): Endpoint {
  const given = environment[variable]
  if (given === undefined || given === '') {
    return { url: 'https://api.upcloud.com', isLocal: false }
  }
  const url = URL.parse(given)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ProvisionError('BAD_OPTIONS', `${variable} is no URL`, {
      hint: 'write scheme and host, as in https://api.upcloud.com',
    })
  }
  const isLocal = isLoopback(url.hostname)
  if (url.protocol === 'http:' && !isLocal) {
    throw new ProvisionError('BAD_OPTIONS', `${variable} is not encrypted`, {
      hint: 'use https: plain http is for this computer only',
    })
  }
  return { url: url.origin, isLocal }
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
