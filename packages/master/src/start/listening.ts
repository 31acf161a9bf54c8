import { isIPv6 } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { errorCode, MasterStartError } from './start-error.ts'

export interface ListeningOptions {
  host: string
  port: number
  publicUrl?: string
  tls?: boolean
  tlsCert?: string
  insecureHttp?: boolean
}

/** Refuses what cannot be meant, before anything is opened. */
export function checkListening(options: ListeningOptions): void {
  const { host, port, publicUrl } = options
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new MasterStartError(`port ${port} is not between 0 and 65535`, 'choose another --port')
  }
  if (publicUrl !== undefined && !isHttpUrl(publicUrl)) {
    throw new MasterStartError(
      `the public URL ${publicUrl} is not one`,
      'write it as in --public-url https://master.example.com',
    )
  }
  const isSecure = options.tls === true || options.tlsCert !== undefined
  if (!isSecure && options.insecureHttp !== true && !isLoopback(host)) {
    throw new MasterStartError(
      `plain HTTP on ${host} would send tokens in clear text`,
      'add --tls, or --insecure-http where a proxy in front of it speaks TLS',
    )
  }
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Addresses that stand for every interface; nobody can connect to one, or name it in a certificate. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === ''
}

/** The address to use on this host. */
export function listeningUrl(
  app: FastifyInstance,
  { host, isSecure }: { host: string; isSecure: boolean },
): string {
  const address = app.server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const name = isWildcard(host) ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host
  return `${isSecure ? 'https' : 'http'}://${name}:${port}`
}

export function listenFailure(error: unknown, host: string, port: number): unknown {
  const where = `${host}:${port}`
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new MasterStartError(
        `port ${port} on ${host} is taken`,
        'stop what listens there, or choose another --port',
        { cause: error },
      )
    case 'EACCES':
      return new MasterStartError(
        `this user may not listen on ${where}`,
        'choose a --port above 1023',
        { cause: error },
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new MasterStartError(
        `${host} is no address of this host`,
        'choose another --host, as in --host 0.0.0.0',
        { cause: error },
      )
    default:
      return error
  }
}
